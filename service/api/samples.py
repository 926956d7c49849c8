"""Sample ids for the examples in the OpenAPI document.

They name nobody: who sends an example puts the ids of his own things in their place.
"""

from typing import Final

ACTOR: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7a"
"""A citizen who started the initiative."""
PROFESSIONAL: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7b"
MEMBER: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7c"
"""A member of the network."""
GOVERNMENT: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7d"
VOLUNTEER: Final = "actor_01hqz5v8e0fyb8m4n6pw2k3s7e"
"""A citizen who does not take part yet."""
REQUEST: Final = "request_01hqz5v8e0fyb8m4n6pw2k3s7a"
EXAMPLE: Final = "example_01hqz5v8e0fyb8m4n6pw2k3s7a"
SESSION: Final = "session_01hqz5v8e0fyb8m4n6pw2k3s7a"
INITIATIVE: Final = "initiative_01hqz5v8e0fyb8m4n6pw2k3s7a"
OTHER_INITIATIVE: Final = "initiative_01hqz5v8e0fyb8m4n6pw2k3s7b"
WORKSHOP: Final = "workshop_01hqz5v8e0fyb8m4n6pw2k3s7a"
APPROACH: Final = "approach_01hqz5v8e0fyb8m4n6pw2k3s7a"
COCREATION: Final = "cocreation_01hqz5v8e0fyb8m4n6pw2k3s7a"
PILOT: Final = "pilot_01hqz5v8e0fyb8m4n6pw2k3s7a"
LESSON: Final = "lesson_01hqz5v8e0fyb8m4n6pw2k3s7a"
OTHER_LESSON: Final = "lesson_01hqz5v8e0fyb8m4n6pw2k3s7b"
"""Of another pilot."""
