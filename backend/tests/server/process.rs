//! The real binary as a child process: started, asked over TCP, killed. Must leave no process behind.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A started server.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
    token: String,
    client: reqwest::Client,
}

impl Process {
    /// Starts the binary on a data folder and waits until it says its address.
    pub(crate) fn start(data_dir: &Path) -> Self {
        Self::start_with(data_dir, |_| {})
    }

    /// The same, with other arguments or another environment.
    pub(crate) fn start_with(data_dir: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dagwright"));
        command.args(["serve", "--port", "0", "--slots", "2", "--data-dir"]).arg(data_dir);
        command.env_remove("DAGWRIGHT_TOKEN").env("RUST_LOG", "warn").stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line =
            lines.map_while(Result::ok).find(|line| line.contains("/?token=")).expect("the server did not start");
        let (url, token) = line.trim().split_once("/?token=").unwrap();
        let (url, token) = (String::from(url), String::from(token));
        Self { child, url, token, client: reqwest::Client::new() }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Value> {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await?.error_for_status()?.json().await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.client.post(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        request.send().await.unwrap().json().await.unwrap()
    }

    /// Sends a body; the answer has none.
    pub(crate) async fn put(&self, path: &str, body: &Value) {
        let request = self.client.put(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// Sends a body to where nothing is yet; the answer is not looked at.
    pub(crate) async fn put_new(&self, path: &str, body: &Value) {
        let request = self.client.put(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        request.header("if-none-match", "*").send().await.unwrap().error_for_status().unwrap();
    }

    /// Saves over a revision.
    pub(crate) async fn save(&self, path: &str, revision: u64, body: &Value) -> Value {
        let request = self.client.put(format!("{}{path}", self.url)).bearer_auth(&self.token).json(body);
        request.header("if-match", format!("\"{revision}\"")).send().await.unwrap().json().await.unwrap()
    }

    /// A request without a body; any answer but an error will do.
    pub(crate) async fn order(&self, method: reqwest::Method, path: &str) {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await.unwrap().error_for_status().unwrap();
    }

    /// What a request without a body is answered with.
    pub(crate) async fn status(&self, method: reqwest::Method, path: &str) -> u16 {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await.unwrap().status().as_u16()
    }

    /// A body as it is.
    pub(crate) async fn bytes(&self, path: &str) -> Vec<u8> {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.bytes().await.unwrap().to_vec()
    }

    /// An answer that does not end by itself.
    pub(crate) async fn stream(&self, path: &str) -> reqwest::Response {
        let request = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        request.send().await.unwrap().error_for_status().unwrap()
    }

    /// kill -9.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; returns whether it ended well.
    pub(crate) fn terminate(mut self) -> bool {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
