//! The binary: reads the command line and hands over. Must hold no logic of its own.

use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let command_line = dagwright::cli::CommandLine::parse();
    match dagwright::cli::run(command_line).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "dagwright: {error}");
            ExitCode::from(error.exit_status())
        }
    }
}
