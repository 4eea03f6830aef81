"""The clips that a prompt recalls: listed, drawn as ghost figures beside the character, pinned, excluded and ordered.

shown       what is shown and how the user steers it, as values
current     the lists of this file's scenes; `built_on` puts them into a request
figures     mannequins as triangles (NumPy only); `placement` says where they stand, `overlay` draws them
choices     the preferences; `settings` what is kept with the scene
"""
