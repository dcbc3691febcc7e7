//! The server of Dagwright: stores, engines, artifacts and the HTTP that shows them. In reading order.

pub mod cli;
pub mod clock;
pub mod configuration;
pub mod data_folder;
pub mod token;

pub mod retention;
pub mod secrets;
pub mod store;
pub mod volumes;

pub mod artifacts;
pub mod catalog;
pub mod documents;
pub mod engine;
pub mod examples;
pub mod fetch;
pub mod libraries;

pub mod doctor;
pub mod manifests;

pub mod app;
pub mod http;
