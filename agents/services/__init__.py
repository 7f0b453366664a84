"""Every write about agents and what they are told, one verb each, one transaction and one event each."""

from agents.services.enrolment import enrol, prune_enrolments, redeem, withdraw_enrolment
from agents.services.hiring import (
    create_agent,
    disable_agent,
    enable_agent,
    hold,
    new_key,
    prune_request_log,
    register,
    rotate_key,
)
from agents.services.prompts import create_prompt, delete_prompt, edit_prompt, revert_prompt

__all__ = [
    "create_agent",
    "create_prompt",
    "delete_prompt",
    "disable_agent",
    "edit_prompt",
    "enable_agent",
    "enrol",
    "hold",
    "new_key",
    "prune_enrolments",
    "prune_request_log",
    "redeem",
    "register",
    "revert_prompt",
    "rotate_key",
    "withdraw_enrolment",
]
