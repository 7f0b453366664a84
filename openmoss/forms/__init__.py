"""What people type on the pages that belong to the installation itself."""
