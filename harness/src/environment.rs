//! The machine and the build that a record was made on.

use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use pressmark_reports::record::Environment;

/// The environment of this run. Read once; only the time is of the call.
pub fn capture() -> Environment {
    static FIXED: OnceLock<Environment> = OnceLock::new();
    let mut environment = FIXED.get_or_init(fixed).clone();
    environment.load_average = read("/proc/loadavg")
        .and_then(|text| text.split_whitespace().next().and_then(|load| load.parse().ok()));
    environment.started_at = Some(now());
    environment
}

fn fixed() -> Environment {
    let mut environment = Environment {
        cpu: cpu_field("model name"),
        cores: std::thread::available_parallelism().ok().map(|cores| cores.get() as u32),
        kernel: read("/proc/sys/kernel/osrelease"),
        governor: read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor"),
        memory_bytes: memory_bytes(),
        rustc: option_env!("PRESSMARK_RUSTC").map(str::to_string),
        git_revision: option_env!("PRESSMARK_GIT_REVISION").map(str::to_string),
        harness_version: Some(env!("CARGO_PKG_VERSION").to_string()),
        os: os_name(),
        ..Environment::default()
    };
    if environment.git_revision.as_deref() == Some("") {
        environment.git_revision = None;
    }
    environment
}

/// The time of day as RFC 3339, in UTC.
pub fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path)
        .ok()
        .map(|text| text.trim().to_string())
        .filter(|text| !text.is_empty())
}

fn cpu_field(name: &str) -> Option<String> {
    let info = read("/proc/cpuinfo")?;
    let line = info.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_string())
}

fn memory_bytes() -> Option<u64> {
    let info = read("/proc/meminfo")?;
    let line = info.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}

fn os_name() -> Option<String> {
    let release = read("/etc/os-release");
    let pretty = release
        .as_ref()
        .and_then(|text| text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")));
    pretty.map(|name| name.trim_matches('"').to_string()).or_else(|| {
        let output = Command::new("uname").arg("-sr").output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_is_known() {
        let environment = capture();
        assert!(environment.memory_bytes.is_some_and(|bytes| bytes > 1 << 20));
        assert!(environment.rustc.is_some_and(|rustc| rustc.starts_with("rustc ")));
    }
}
