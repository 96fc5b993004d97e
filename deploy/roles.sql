-- Two roles: one owns the tables and changes them (dealvoice database upgrade), one works in them and cannot.
-- Once, by a superuser, in the empty database: psql -v owner_password=… -v app_password=… -f roles.sql
CREATE ROLE dealvoice_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE dealvoice_app LOGIN PASSWORD :'app_password';
SELECT current_database() AS here \gset
GRANT CONNECT, CREATE ON DATABASE :"here" TO dealvoice_owner;
GRANT CONNECT ON DATABASE :"here" TO dealvoice_app;
ALTER SCHEMA public OWNER TO dealvoice_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO dealvoice_app;
ALTER DEFAULT PRIVILEGES FOR ROLE dealvoice_owner GRANT USAGE ON SCHEMAS TO dealvoice_app;
ALTER DEFAULT PRIVILEGES FOR ROLE dealvoice_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dealvoice_app;
ALTER DEFAULT PRIVILEGES FOR ROLE dealvoice_owner GRANT USAGE, SELECT ON SEQUENCES TO dealvoice_app;
