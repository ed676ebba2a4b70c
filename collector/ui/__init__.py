"""The pages people look at; they read nothing but the views of schema `analyst`."""
