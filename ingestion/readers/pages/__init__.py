"""Pages to dated phrases: rules that a reader can follow, without network or clock."""
