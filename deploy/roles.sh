#!/bin/sh
# Run by the database's image when its volume is empty.
set -eu
psql -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" \
	-U "${POSTGRES_USER:-postgres}" -d "$POSTGRES_DB" -f /roles.sql
