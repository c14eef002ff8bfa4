//! The plugin under test.

use std::alloc::Layout;
use std::sync::Mutex;

use pressmark_abi::{PmPlugin, PmStrategy};
use pressmark_sdk::{
    Capabilities, Codec, Descriptor, Host, Interface, OptionSpec, Result, Sink, Strategy,
    export_plugin, version,
};

export_plugin! { id: "raw", strategies: [ACTS, PLAIN] }

const ACTS: Descriptor = Descriptor {
    id: c"raw.acts",
    name: c"Acts",
    version: version!(),
    license: c"MIT OR Apache-2.0",
    vendor: c"pressmark",
    doc: c"Does what the option says.",
    format_version: 3,
    capabilities: Capabilities::PURE_CODEC,
    options: &[
        OptionSpec::bool(c"flag", c"A truth.", true),
        OptionSpec::int(c"level", c"An integer.", c"", 5, -3..=9),
        OptionSpec::float(c"ratio", c"A number.", c"", 1.0, 0.25..=4.0),
        OptionSpec::choice(
            c"act",
            c"What to do.",
            c"encode",
            &[c"encode", c"panic", c"align", c"threads", c"stash"],
        ),
        OptionSpec::set(c"some", c"Names.", c"a,c", &[c"a", c"b", c"c"]),
        OptionSpec::text(c"word", c"A text.", c"word"),
    ],
    interfaces: &[Interface::Codec],
    create: |host, options| Ok(Box::new(Acts { host: host.clone(), act: options.choice(c"act")? })),
};

const PLAIN: Descriptor = Descriptor {
    id: c"raw.plain",
    options: &[OptionSpec::bool(c"only", c"A truth.", false)],
    interfaces: &[Interface::Codec, Interface::Stream],
    ..ACTS
};

struct Acts {
    host: Host,
    act: &'static str,
}

/// What outlives instances.
static STASH: Mutex<Vec<u64>> = Mutex::new(Vec::new());

/// The exported entry.
pub(crate) fn entry() -> *const PmPlugin {
    __pressmark_plugin::pressmark_plugin_v1()
}

/// The table of `raw.acts`.
pub(crate) fn tables() -> &'static PmStrategy {
    // SAFETY: constant data of this program.
    unsafe { &*(*entry()).strategy.unwrap()(0) }
}

/// Grows the stash by twenty numbers.
pub(crate) fn grow_stash() {
    let mut stash = STASH.lock().unwrap();
    let len = stash.len() as u64;
    stash.extend(len..len + 20);
    assert!(stash.iter().enumerate().all(|(at, &number)| number == at as u64));
}

/// Gives the stash back; how long it was.
pub(crate) fn take_stash() -> usize {
    std::mem::take(&mut *STASH.lock().unwrap()).len()
}

impl Strategy for Acts {
    fn codec(&mut self) -> Option<&mut dyn Codec> {
        Some(self)
    }
}

impl Codec for Acts {
    fn encode(&mut self, input: &[u8], out: &mut Sink<'_>) -> Result<()> {
        match self.act {
            "panic" => panic!("on purpose"),
            "align" => aligned_blocks(),
            "threads" => {
                let threads = self.host.max_threads();
                std::thread::scope(|scope| {
                    let running: Vec<_> =
                        (0..threads).map(|_| scope.spawn(aligned_blocks)).collect();
                    // A scope alone does not wait until a thread has given back its memory.
                    running.into_iter().for_each(|thread| thread.join().unwrap());
                });
            }
            "stash" => grow_stash(),
            _ => {}
        }
        out.write(input)
    }

    fn decode(&mut self, archive: &[u8], decoded_len: u64, out: &mut Sink<'_>) -> Result<()> {
        let mut copy = Vec::new();
        copy.try_reserve_exact(decoded_len as usize)?;
        copy.extend_from_slice(archive);
        out.write(&copy)
    }
}

/// Blocks of every alignment: made, zeroed, grown, shrunk and given back.
fn aligned_blocks() {
    for align in (0..13).map(|power| 1_usize << power) {
        for size in [1, 15, 16, 100, 5000] {
            let layout = Layout::from_size_align(size, align).unwrap();
            // SAFETY: sizes above zero; blocks are used within their sizes.
            unsafe {
                let zeroed = std::alloc::alloc_zeroed(layout);
                assert!(std::slice::from_raw_parts(zeroed, size).iter().all(|&byte| byte == 0));
                let block = std::alloc::alloc(layout);
                assert!((block.addr() | zeroed.addr()).is_multiple_of(align));
                block.write_bytes(0x3C, size);
                let block = std::alloc::realloc(block, layout, size * 3);
                assert!(block.addr().is_multiple_of(align));
                assert!(std::slice::from_raw_parts(block, size).iter().all(|&byte| byte == 0x3C));
                let grown = Layout::from_size_align(size * 3, align).unwrap();
                let block = std::alloc::realloc(block, grown, 1);
                assert_eq!(*block, 0x3C);
                std::alloc::dealloc(block, Layout::from_size_align(1, align).unwrap());
                std::alloc::dealloc(zeroed, layout);
            }
        }
    }
}
