//! A network that can be cut: each member in a network namespace, wired to a switch in another one.
//!
//! A member has two links. `peers` leads to the switch, which has two bridges without a connection
//! between them; moving a member's port to the other bridge cuts it off, and its packets are lost
//! without a word, as on a broken line. `control` leads to the test and carries the RPC, which a cut
//! must not touch. Neither has a route to the other.

use std::{
    ffi::OsStr,
    net::Ipv4Addr,
    path::Path,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// Where all members start, and return.
const MAIN: &str = "main";
/// Where the members go that are cut off.
const SIDE: &str = "side";

/// Begins the names of namespaces and links; the process id follows, so that leftovers of a test that
/// was killed are known for what they are.
const NAME: &str = "qlk";

/// As many links as a switch has addresses for.
const MAX_MEMBERS: u8 = 16;

/// Two switches of one process need different names.
static SWITCHES: AtomicU32 = AtomicU32::new(0);

/// A place for one member.
#[derive(Clone, Debug)]
pub struct Place {
    namespace: String,
    /// Its address for other members.
    pub peers: Ipv4Addr,
    /// Its address for the test.
    pub control: Ipv4Addr,
}

impl Place {
    /// A command that runs in this place.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.namespace])
            .arg(program);
        command
    }
}

/// The switch, and the places around it. Dropping it removes them all.
pub struct Switch {
    name: String,
    slot: u32,
    places: Vec<String>,
}

/// Runs `ip ARGUMENTS…`.
fn ip<S: AsRef<OsStr>>(arguments: &[S]) -> Result<(), String> {
    let output = Command::new("ip")
        .args(arguments)
        .output()
        .map_err(|error| format!("`ip` does not run: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let line: Vec<_> = arguments
        .iter()
        .map(|word| word.as_ref().to_string_lossy())
        .collect();
    Err(format!(
        "ip {}: {}",
        line.join(" "),
        String::from_utf8_lossy(&output.stderr).trim()
    ))
}

/// Runs a line of words, for readability.
fn run(line: &str) -> Result<(), String> {
    ip(&line.split_whitespace().collect::<Vec<_>>())
}

impl Switch {
    /// A switch without members.
    ///
    /// # Errors
    /// Why this process may not make namespaces: it is not root, or there is no `ip`.
    pub fn new() -> Result<Self, String> {
        remove_leftovers();
        let (process, count) = (std::process::id(), SWITCHES.fetch_add(1, Ordering::Relaxed));
        let name = format!("{NAME}{process}-{count}");
        run(&format!("netns add {name}"))?;
        // From here on, dropping it removes what a later step leaves behind.
        let switch = Self {
            slot: (process.wrapping_mul(8) + count) % 1024,
            places: Vec::new(),
            name,
        };
        for bridge in [MAIN, SIDE] {
            run(&format!(
                "-n {} link add name {bridge} type bridge",
                switch.name
            ))?;
            run(&format!("-n {} link set {bridge} up", switch.name))?;
        }
        // What members need is tried out here, where a refusal can still be answered by other means.
        let probe = format!("{NAME}{process}p{count}");
        run(&format!(
            "link add {probe} type veth peer name probe netns {}",
            switch.name
        ))?;
        run(&format!("link del {probe}"))?;
        Ok(switch)
    }

    /// Whether this process may make switches, or why not.
    ///
    /// # Errors
    /// As [`Switch::new`].
    pub fn check() -> Result<(), String> {
        Self::new().map(drop)
    }

    /// A place for the member with this number.
    ///
    /// # Panics
    /// If the system does not make it, although it made the switch.
    pub fn plug(&mut self, index: usize) -> Place {
        self.try_plug(index)
            .unwrap_or_else(|error| panic!("no place for member {index}: {error}"))
    }

    fn try_plug(&mut self, index: usize) -> Result<Place, String> {
        let namespace = format!("{}-{index}", self.name);
        let small = u8::try_from(index)
            .ok()
            .filter(|index| *index < MAX_MEMBERS)
            .ok_or_else(|| format!("a switch has {MAX_MEMBERS} places"))?;
        // 198.18.0.0/15 is for measurements between networks, and routed nowhere. The lower half is
        // for control, four addresses to a link, 16 links to a switch; the upper half for peers.
        let control =
            u32::from(Ipv4Addr::new(198, 18, 0, 0)) + self.slot * 64 + u32::from(small) * 4;
        let (ours, theirs) = (Ipv4Addr::from(control + 1), Ipv4Addr::from(control + 2));
        let peers = Ipv4Addr::new(198, 19, 0, small + 1);
        let (switch, link) = (&self.name, self.control_link(index));

        run(&format!("netns add {namespace}"))?;
        self.places.push(namespace.clone());
        run(&format!("-n {namespace} link set lo up"))?;
        run(&format!(
            "link add {link} type veth peer name control netns {namespace}"
        ))?;
        run(&format!("addr add {ours}/30 dev {link}"))?;
        run(&format!("link set {link} up"))?;
        run(&format!("-n {namespace} addr add {theirs}/30 dev control"))?;
        run(&format!("-n {namespace} link set control up"))?;
        run(&format!(
            "-n {switch} link add p{index} type veth peer name peers netns {namespace}"
        ))?;
        run(&format!("-n {switch} link set p{index} master {MAIN} up"))?;
        run(&format!("-n {namespace} addr add {peers}/24 dev peers"))?;
        run(&format!("-n {namespace} link set peers up"))?;
        Ok(Place {
            namespace,
            peers,
            control: theirs,
        })
    }

    /// The name of a link in the test's own namespace; at most 15 letters.
    fn control_link(&self, index: usize) -> String {
        format!("{NAME}{}c{index}", self.slot)
    }

    /// Cuts some members off from all others.
    ///
    /// # Panics
    /// If there is no such member.
    pub fn separate(&self, members: &[usize]) {
        members.iter().for_each(|index| self.connect(*index, SIDE));
    }

    /// Connects all members.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn join_all(&self) {
        (0..self.places.len()).for_each(|index| self.connect(index, MAIN));
    }

    fn connect(&self, index: usize, bridge: &str) {
        run(&format!(
            "-n {} link set p{index} master {bridge}",
            self.name
        ))
        .unwrap_or_else(|error| panic!("{error}"));
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // The links go with the namespaces.
        for namespace in self.places.iter().chain([&self.name]) {
            if let Err(error) = run(&format!("netns del {namespace}")) {
                eprintln!("a namespace is left behind: {error}");
            }
        }
    }
}

/// Removes the namespaces of tests that were killed before they could.
fn remove_leftovers() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let process = name
            .strip_prefix(NAME)
            .and_then(|rest| rest.split('-').next())
            .and_then(|process| process.parse::<u32>().ok());
        let is_orphan =
            process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists());
        if is_orphan {
            // Another test may be doing the same.
            let _ = run(&format!("netns del {name}"));
        }
    }
}
