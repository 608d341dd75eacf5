-- What the database's container does once, when it makes its cluster: an account for Soundstage that owns its database
-- and is no superuser. Made before this file is read: the superuser "postgres", and the database that POSTGRES_DB names.
\set ON_ERROR_STOP on
\getenv password POSTGRES_PASSWORD
CREATE ROLE soundstage LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'password';
ALTER DATABASE soundstage OWNER TO soundstage;
-- The application knows that password. Without one of its own the superuser gets in from inside the container alone:
-- docker compose exec postgres psql -U postgres
ALTER ROLE postgres PASSWORD NULL;
