"""What runs beside student code: started by name, imported by nobody."""
