"""From our 22-joint Motion to any mapped rig, and back: exact directions in the rig's own space, without bpy.

`rest_rig.RestRig` says what a rig is, `retarget.retarget` gives what to key on it, `pose.pose_world` where its bones
then are, `to_motion.to_motion` turns an animated rig into a Motion. A motion is played in the space of the armature,
turned to where the figure faces there and as large as its legs: the object may stand, turn and be scaled as it likes,
and no result depends on it. The way that bones move each other is Blender's (`pose.py`).
"""
