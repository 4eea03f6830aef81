"""The interface in other languages: a table each, from the English text to the translated one."""
