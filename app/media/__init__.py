"""Media: what is published. Owns uploads, media, versions, renditions, captions, chapters, the pipeline and the gate."""
