//! The tool's other commands, as an operator gives them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::lambot::Lambot;
use super::process::lambot;

/// How a command ended, and what it wrote.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) said: String,
    pub(crate) complained: String,
}

impl Ended {
    /// The lines it said.
    pub(crate) fn lines(&self) -> Vec<&str> {
        self.said.lines().collect()
    }
}

impl Lambot {
    /// A command given where the `export` lines of this one, and the variables it was started with, are set.
    #[track_caller]
    pub(crate) fn tool(&self, arguments: &[&str]) -> Ended {
        self.tool_reading(arguments, "")
    }

    /// The same, with something on its standard input.
    #[track_caller]
    pub(crate) fn tool_reading(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = lambot();
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        for line in self.said.so_far() {
            if let Some((name, value)) =
                line.strip_prefix("export ").and_then(|l| l.split_once('='))
            {
                command.env(name, value);
            }
        }
        end(command.args(arguments), input)
    }
}

/// A command given without any variable.
#[track_caller]
pub(crate) fn tool(arguments: &[&str]) -> Ended {
    tool_with(&[], arguments)
}

/// A command given with these variables and no others.
#[track_caller]
pub(crate) fn tool_with(variables: &[(&str, String)], arguments: &[&str]) -> Ended {
    let variables = variables.iter().map(|(name, value)| (name, value));
    end(lambot().envs(variables).args(arguments), "")
}

#[track_caller]
fn end(command: &mut Command, input: &str) -> Ended {
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), said: text(output.stdout), complained: text(output.stderr) }
}
