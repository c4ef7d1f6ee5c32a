"""What every feature's pages share: access labels, form fields, lists and files, absolute addresses."""
