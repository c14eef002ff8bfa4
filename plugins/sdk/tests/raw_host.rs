//! A plugin of the SDK seen from the C side: its tables, its statuses, and its memory,
//! counted to the byte.

mod raw_host_parts {
    pub(crate) mod host;
    pub(crate) mod plugin;
}

use std::ffi::{CStr, c_char};
use std::ptr::{null, null_mut};

use pressmark_abi::*;
use raw_host_parts::host::{Counting, host};
use raw_host_parts::plugin;

fn main() {
    let before_any_host = vec![7_u8; 5000];
    constant_tables();
    let table = plugin::tables();
    calls_and_memory(table);
    panics(table);
    wrong_hosts(table);
    blocks_cross_borders(table);
    instances_overlap(table);
    refused_memory(table);
    assert_eq!(before_any_host, [7; 5000]);
    println!("a plugin of the SDK keeps to the ABI");
}

fn text<'a>(text: *const c_char) -> &'a str {
    // SAFETY: constant tables hold terminated UTF-8 texts.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

fn constant_tables() {
    // SAFETY: the entry of this program's own plugin, and its constant tables.
    unsafe {
        let plugin = &*plugin::entry();
        assert_eq!((plugin.magic, plugin.abi_major, plugin.abi_minor), (MAGIC, 1, 0));
        assert_eq!(plugin.struct_size as usize, size_of::<PmPlugin>());
        assert_eq!((text(plugin.id), text(plugin.version)), ("raw", env!("CARGO_PKG_VERSION")));
        let strategy = plugin.strategy.unwrap();
        assert_eq!(plugin.strategy_count, 2);
        assert!(strategy(2).is_null() && strategy(u32::MAX).is_null());
        let (first, second) = (&*strategy(0), &*strategy(1));
        assert_eq!((text(first.id), text(second.id)), ("raw.acts", "raw.plain"));
        assert_eq!((first.option_count, second.option_count), (6, 1));
        let options = std::slice::from_raw_parts(first.options, 6);
        let kinds: Vec<i32> = options.iter().map(|option| option.kind).collect();
        assert_eq!(kinds, [1, 2, 3, 4, 5, 6]);
        assert_eq!((options[0].int_default, options[0].int_min, options[0].int_max), (1, 0, 1));
        assert_eq!((options[1].int_default, options[1].int_min, options[1].int_max), (5, -3, 9));
        assert_eq!((options[2].float_min, options[2].float_max), (0.25, 4.0));
        let choices = |option: &PmOptionSpec| -> Vec<&str> {
            let count = option.choice_count as usize;
            std::slice::from_raw_parts(option.choices, count).iter().map(|&c| text(c)).collect()
        };
        assert_eq!(choices(&options[3]), ["encode", "panic", "align", "threads", "stash"]);
        assert_eq!(choices(&options[4]), ["a", "b", "c"]);
        assert_eq!((text(options[4].text_default), text(options[5].text_default)), ("a,c", "word"));
        assert!(options[5].choices.is_null() && options[0].text_default.is_null());
        assert_eq!(text((*second.options).name), "only");
        assert_eq!(text(*first.interfaces), "pressmark.codec/1");
        assert!((*first.interfaces.add(1)).is_null());
        assert_eq!(text(*second.interfaces.add(1)), "pressmark.stream/1");
        assert!((*second.interfaces.add(2)).is_null());
    }
}

/// Makes an instance, runs `calls` on it, destroys it.
fn with_instance<T>(
    strategy: &PmStrategy,
    host: &PmHost,
    calls: impl FnOnce(*mut PmInstance) -> T,
) -> T {
    let mut instance = null_mut();
    // SAFETY: a complete host that outlives the instance.
    assert_eq!(unsafe { strategy.create.unwrap()(host, &mut instance) }, OK);
    let result = calls(instance);
    // SAFETY: the instance is not used again.
    unsafe { strategy.destroy.unwrap()(instance) };
    result
}

fn codec(strategy: &PmStrategy, instance: *mut PmInstance) -> &'static PmCodec {
    // SAFETY: a live instance; the table is constant data.
    unsafe {
        let get = strategy.get_interface.unwrap();
        assert!(get(instance, c"pressmark.codec/2".as_ptr()).is_null());
        assert!(get(instance, c"pressmark.model/1".as_ptr()).is_null());
        assert!(get(instance, null()).is_null());
        assert!(get(null_mut(), CODEC_1.as_ptr()).is_null());
        &*get(instance, CODEC_1.as_ptr()).cast::<PmCodec>()
    }
}

/// Encodes on a fresh instance; the status.
fn encode(strategy: &PmStrategy, counting: &mut Counting, input: PmBytes) -> PmStatus {
    let host = host(counting);
    with_instance(strategy, &host, |instance| {
        let encode = codec(strategy, instance).encode.unwrap();
        // SAFETY: a live instance; what `input` and the sink point to lives.
        unsafe { encode(instance, input, counting.sink()) }
    })
}

const ABC: PmBytes = PmBytes { ptr: b"abc".as_ptr(), len: 3 };
const NOTHING: PmBytes = PmBytes { ptr: null(), len: 0 };

fn calls_and_memory(table: &PmStrategy) {
    let mut counting = Counting::new("encode");
    assert_eq!(encode(table, &mut counting, ABC), OK);
    assert_eq!(counting.written, b"abc");
    assert_eq!(encode(table, &mut counting, NOTHING), OK);
    let null_with_a_length = PmBytes { ptr: null(), len: 1 };
    assert_eq!(encode(table, &mut counting, null_with_a_length), ERR_BAD_CALL);
    assert_eq!(counting.error, "a null pointer with a length");
    counting.limit = 2;
    assert_eq!(encode(table, &mut counting, ABC), ERR_SINK);
    for act in ["align", "threads"] {
        let mut counting = Counting::new(act);
        assert_eq!(encode(table, &mut counting, ABC), OK, "{act}: {}", counting.error);
        assert!(counting.calls() > 20, "{act}");
        assert_eq!(counting.live(), 0, "{act}");
    }
    assert!(counting.peak() > 0);
    assert_eq!(counting.live(), 0);
}

fn panics(table: &PmStrategy) {
    let mut counting = Counting::new("panic");
    let host = host(&mut counting);
    with_instance(table, &host, |instance| {
        let codec = codec(table, instance);
        // SAFETY: a live instance; what the input and the sink point to lives.
        unsafe {
            let encode = codec.encode.unwrap();
            assert_eq!(encode(instance, ABC, counting.sink()), ERR_PANIC);
            assert!(
                counting.error.starts_with("on purpose (plugins/sdk/tests/"),
                "{}",
                counting.error
            );
            assert_eq!(encode(instance, ABC, counting.sink()), ERR_BAD_CALL);
            assert_eq!(codec.bound.unwrap()(instance, 1), u64::MAX);
        }
    });
    assert_eq!(counting.live(), 0);
    // SAFETY: null is allowed here.
    unsafe { table.destroy.unwrap()(null_mut()) };
}

fn wrong_hosts(table: &PmStrategy) {
    let mut counting = Counting::new("encode");
    let good = host(&mut counting);
    let small = PmHost { struct_size: good.struct_size - 8, ..good };
    let newer = PmHost { abi_major: 2, ..good };
    let create = table.create.unwrap();
    let mut instance = null_mut();
    // SAFETY: the tables are readable up to their sizes.
    unsafe {
        assert_eq!(create(&small, &mut instance), ERR_BAD_CALL);
        assert_eq!(create(&newer, &mut instance), ERR_BAD_CALL);
        assert_eq!(create(null(), &mut instance), ERR_BAD_CALL);
        assert_eq!(create(&good, null_mut()), ERR_BAD_CALL);
    }
    // A host whose table has grown is used up to what this SDK knows.
    let grown = PmHost { struct_size: good.struct_size + 64, abi_minor: 9, ..good };
    with_instance(table, &grown, |_| ());
    // Options the strategy asks for and the host does not have.
    let mut none = Counting::new("");
    // SAFETY: as above.
    let status = unsafe { create(&host(&mut none), &mut instance) };
    assert_eq!((status, none.live()), (ERR_BAD_CALL, 0));
    assert!(none.error.contains("act"), "{}", none.error);
}

/// A block made under one host, grown under none, and given back under another.
fn blocks_cross_borders(table: &PmStrategy) {
    let mut first = Counting::new("stash");
    assert_eq!(encode(table, &mut first, ABC), OK);
    assert!(first.live() >= 100, "the stash is kept: {}", first.live());
    plugin::grow_stash();
    let mut second = Counting::new("stash");
    assert_eq!(encode(table, &mut second, ABC), OK);
    let mut third = Counting::new("encode");
    let host = host(&mut third);
    with_instance(table, &host, |_| plugin::take_stash());
    assert_eq!(plugin::take_stash(), 0);
}

fn instances_overlap(table: &PmStrategy) {
    let mut counting = Counting::new("encode");
    let (one, two) = (host(&mut counting), host(&mut counting));
    with_instance(table, &one, |_| {
        with_instance(table, &two, |instance| {
            // SAFETY: a live instance; what the input and the sink point to lives.
            let status =
                unsafe { codec(table, instance).encode.unwrap()(instance, ABC, counting.sink()) };
            assert_eq!(status, OK);
        });
    });
    assert_eq!(counting.live(), 0);
}

fn refused_memory(table: &PmStrategy) {
    let mut counting = Counting::new("encode");
    counting.refuse_from = 1 << 20;
    let host = host(&mut counting);
    with_instance(table, &host, |instance| {
        let decode = codec(table, instance).decode.unwrap();
        // SAFETY: a live instance; what the archive and the sink point to lives.
        let status = unsafe { decode(instance, ABC, 1 << 20, counting.sink()) };
        assert_eq!(status, ERR_NO_MEMORY);
        // SAFETY: as above.
        let status = unsafe { decode(instance, ABC, 1 << 10, counting.sink()) };
        assert_eq!(status, OK);
    });
    assert_eq!(counting.live(), 0);
}
