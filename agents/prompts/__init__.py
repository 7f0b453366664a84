"""What agents are told: the shipped library of Markdown files, and how a text of it is read, joined and filled."""
