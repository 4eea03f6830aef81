"""Any humanoid rig: its bones as a value, rig families as data, and which bone plays which of our 22 joints."""
