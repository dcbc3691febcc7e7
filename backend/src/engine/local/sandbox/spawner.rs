//! The one thread that starts processes. bubblewrap's `--die-with-parent` binds a child to the *thread* that started it
//! (prctl(2), PR_SET_PDEATHSIG), and tokio's threads may end while the server lives.

use std::io;
use std::sync::mpsc;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

struct Order {
    command: Command,
    runtime: Handle,
    answer: oneshot::Sender<io::Result<Child>>,
}

/// Hands commands to the starting thread, which lives as long as this.
pub(crate) struct Spawner {
    orders: mpsc::Sender<Order>,
}

impl Spawner {
    pub(crate) fn new() -> io::Result<Self> {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::Builder::new().name("sandbox-spawner".into()).spawn(move || {
            for Order { mut command, runtime, answer } in inbox {
                let _inside = runtime.enter();
                // Nobody waiting means the attempt was dropped: then the child must not outlive the answer.
                if let Err(Ok(mut child)) = answer.send(command.spawn()) {
                    child.start_kill().ok();
                }
            }
        })?;
        Ok(Self { orders })
    }

    /// Starts the command; must be called inside a tokio runtime.
    pub(crate) async fn spawn(&self, command: Command) -> io::Result<Child> {
        let (answer, started) = oneshot::channel();
        let gone = || io::Error::other("the thread that starts processes has ended");
        self.orders.send(Order { command, runtime: Handle::current(), answer }).map_err(|_| gone())?;
        started.await.map_err(|_| gone())?
    }
}
