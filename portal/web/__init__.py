"""What every feature's views stand on: access, forms, headers, errors, pages."""
