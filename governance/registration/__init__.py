"""What is registered of definitions: registry, what registering does, who disagrees with it."""
