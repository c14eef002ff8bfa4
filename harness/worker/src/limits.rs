//! What a worker may use, and what it leaves behind when it crashes.

use std::io;
use std::sync::atomic::{AtomicPtr, Ordering};

use pressmark_protocol::Request;
use pressmark_protocol::page::word;
use rustix::process::{Resource, Rlimit, Signal, setrlimit};

use crate::memory;
use crate::page::SharedPage;

/// Address space beyond what is asked for: libraries, stacks, fragmentation.
const SLACK: u64 = 192 << 20;
/// Files a plugin's libraries may open.
const OPEN_FILES: u64 = 256;

/// Limits this process, ties its life to the harness's and installs the crash handler.
pub(crate) fn enter(request: &Request, page: &'static SharedPage) -> io::Result<()> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
    if rustix::process::getppid().is_none_or(|parent| parent.as_raw_nonzero().get() == 1) {
        // The harness was gone before it could be followed.
        leave(1);
    }
    std::env::set_current_dir("/")?;
    let limits = &request.limits;
    let descriptors = &request.descriptors;
    let mut given = 0u64;
    for descriptor in [descriptors.input, descriptors.prime].into_iter().flatten() {
        given += crate::mapping::file(descriptor).metadata()?.len();
    }
    let address_space = memory::address_space()?
        .saturating_add(limits.memory)
        .saturating_add(given)
        .saturating_add(limits.output)
        .saturating_add(SLACK);
    page.set(word::VM_LIMIT, address_space);
    page.set(word::ALLOC_LIMIT, limits.memory);
    limit(Resource::As, address_space)?;
    limit(Resource::Cpu, limits.cpu_seconds)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, limits.output.saturating_add(SLACK))?;
    limit(Resource::Nofile, OPEN_FILES)?;
    install_crash_handler(page);
    Ok(())
}

/// Ends the process at once.
pub(crate) fn leave(code: i32) -> ! {
    // SAFETY: _exit has no precondition; it runs no handler of the plugin.
    unsafe { libc::_exit(code) }
}

fn limit(resource: Resource, value: u64) -> io::Result<()> {
    let hard = rustix::process::getrlimit(resource).maximum;
    let value = hard.map_or(value, |hard| value.min(hard));
    Ok(setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?)
}

/// Where the handler finds the page; a signal handler has no other way to be told.
static PAGE: AtomicPtr<SharedPage> = AtomicPtr::new(std::ptr::null_mut());

fn install_crash_handler(page: &'static SharedPage) {
    PAGE.store(std::ptr::from_ref(page).cast_mut(), Ordering::Release);
    // SAFETY: the actions are fully initialised, the handler only makes async-signal-safe
    // calls, and Rust's runtime has given the main thread an alternate signal stack.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = on_crash as *const () as usize;
        action.sa_flags =
            libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_RESETHAND | libc::SA_NODEFER;
        for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT] {
            libc::sigaction(signal, &action, std::ptr::null_mut());
        }
        // A write past the file size limit is then an error that the sink reports.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
}

/// Notes signal, address and address space on the page, then lets the signal kill.
extern "C" fn on_crash(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let page = PAGE.load(Ordering::Acquire);
    // SAFETY: PAGE was set before the handler was installed and is never unmapped; info is
    // the kernel's.
    unsafe {
        (*page).set(word::SIGNAL, signal as u64);
        (*page).set(word::SIGNAL_ADDRESS, (*info).si_addr() as u64);
        (*page).set(word::SIGNAL_VM, memory::address_space_in_signal_handler());
        libc::raise(signal);
    }
}
