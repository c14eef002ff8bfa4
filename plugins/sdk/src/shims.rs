//! The C functions behind each interface, written once for every strategy.

use std::ffi::{CStr, c_void};

use pressmark_abi as abi;
use pressmark_abi::{
    PmAccess, PmBytes, PmCache, PmCodec, PmCompact, PmExplain, PmInstance, PmList, PmModel, PmPack,
    PmPage, PmPrime, PmSink, PmStatus, PmStr, PmStream, PmTrainable,
};

use crate::instance::{Instance, call};
use crate::{
    Access, Budget, Chosen, Direction, Error, Events, Host, Interface, Mode, PackRequest, Page,
    Result, Sink, Spans,
};

/// The table of an interface.
pub(crate) fn table(interface: Interface) -> *const c_void {
    match interface {
        Interface::Codec => (&raw const CODEC).cast(),
        Interface::Stream => (&raw const STREAM).cast(),
        Interface::Prime => (&raw const PRIME).cast(),
        Interface::Trainable => (&raw const TRAINABLE).cast(),
        Interface::Model => (&raw const MODEL).cast(),
        Interface::Compact => (&raw const COMPACT).cast(),
        Interface::Cache => (&raw const CACHE).cast(),
        Interface::Explain => (&raw const EXPLAIN).cast(),
        Interface::Pack => (&raw const PACK).cast(),
    }
}

const fn size<T>() -> u32 {
    size_of::<T>() as u32
}

static CODEC: PmCodec = PmCodec {
    struct_size: size::<PmCodec>(),
    reserved0: 0,
    encode: Some(encode),
    decode: Some(decode),
    bound: Some(bound),
};
static STREAM: PmStream = PmStream {
    struct_size: size::<PmStream>(),
    reserved0: 0,
    begin: Some(begin),
    push: Some(push),
    finish: Some(finish),
};
static PRIME: PmPrime =
    PmPrime { struct_size: size::<PmPrime>(), reserved0: 0, prime: Some(prime) };
static TRAINABLE: PmTrainable = PmTrainable {
    struct_size: size::<PmTrainable>(),
    reserved0: 0,
    train: Some(train),
    load: Some(load),
};
static MODEL: PmModel = PmModel {
    struct_size: size::<PmModel>(),
    reserved0: 0,
    code_length: Some(code_length),
    symbol_costs: Some(symbol_costs),
};
static COMPACT: PmCompact =
    PmCompact { struct_size: size::<PmCompact>(), reserved0: 0, compact: Some(compact) };
static CACHE: PmCache = PmCache {
    struct_size: size::<PmCache>(),
    reserved0: 0,
    reset: Some(reset),
    begin_turn: Some(begin_turn),
    access: Some(access),
    access_batch: Some(access_batch),
};
static EXPLAIN: PmExplain =
    PmExplain { struct_size: size::<PmExplain>(), reserved0: 0, explain: Some(explain) };
static PACK: PmPack = PmPack { struct_size: size::<PmPack>(), reserved0: 0, pack: Some(pack) };

/// The strategy's side of an interface that its descriptor lists.
fn listed<T>(interface: Option<T>, id: &CStr) -> Result<T> {
    interface.ok_or_else(|| {
        Error::Unsupported(format!("{} is listed, but not provided", id.to_string_lossy()))
    })
}

/// `len` values at `ptr`, which may be null for none.
///
/// # Safety
/// If not null, `ptr` is valid for `len` values for `'a`.
unsafe fn values<'a, T>(ptr: *const T, len: u64) -> Result<&'a [T]> {
    match usize::try_from(len) {
        Ok(0) => Ok(&[]),
        // SAFETY: the caller's promise.
        Ok(len) if !ptr.is_null() => Ok(unsafe { std::slice::from_raw_parts(ptr, len) }),
        _ => Err(Error::BadCall("a null pointer with a length".into())),
    }
}

/// As [`values`], writable.
///
/// # Safety
/// If not null, `ptr` is valid, writable and not otherwise used for `'a`.
unsafe fn values_mut<'a, T>(ptr: *mut T, len: u64) -> Result<&'a mut [T]> {
    match usize::try_from(len) {
        Ok(0) => Ok(&mut []),
        // SAFETY: the caller's promise.
        Ok(len) if !ptr.is_null() => Ok(unsafe { std::slice::from_raw_parts_mut(ptr, len) }),
        _ => Err(Error::BadCall("a null pointer with a length".into())),
    }
}

/// # Safety
/// `samples` holds `count` valid entries for `'a`.
unsafe fn texts<'a>(samples: *const PmBytes, count: u64) -> Result<Vec<&'a [u8]>> {
    // SAFETY: the caller's promise, for the array and for each entry.
    unsafe { values(samples, count)?.iter().map(|sample| values(sample.ptr, sample.len)).collect() }
}

/// Lends a sink to `code` and hands over what it gathered.
///
/// # Safety
/// `sink` is a sink of `host`, valid for this call.
unsafe fn with_sink(
    host: &Host,
    sink: *mut PmSink,
    code: impl FnOnce(&mut Sink<'_>) -> Result<()>,
) -> Result<()> {
    // SAFETY: the caller's promise.
    let mut sink = unsafe { Sink::new(host, sink) };
    code(&mut sink)?;
    sink.flush()
}

unsafe extern "C" fn encode(
    instance: *mut PmInstance,
    input: PmBytes,
    sink: *mut PmSink,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let input = values(input.ptr, input.len)?;
            let codec = listed(strategy.codec(), abi::CODEC_1)?;
            with_sink(host, sink, |out| codec.encode(input, out))
        })
    }
}

unsafe extern "C" fn decode(
    instance: *mut PmInstance,
    archive: PmBytes,
    decoded_len: u64,
    sink: *mut PmSink,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let archive = values(archive.ptr, archive.len)?;
            let codec = listed(strategy.codec(), abi::CODEC_1)?;
            with_sink(host, sink, |out| codec.decode(archive, decoded_len, out))
        })
    }
}

unsafe extern "C" fn bound(instance: *mut PmInstance, input_len: u64) -> u64 {
    // Where the strategy knows none, the bound is no bound.
    let mut bound = u64::MAX;
    // SAFETY: the instance is valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            let codec = listed(strategy.codec(), abi::CODEC_1)?;
            bound = codec.bound(input_len).unwrap_or(u64::MAX);
            Ok(())
        })
    };
    bound
}

unsafe extern "C" fn begin(
    instance: *mut PmInstance,
    direction: i32,
    total_len: u64,
    sink: *mut PmSink,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, the sink until `finish`.
    unsafe {
        call(instance, |Instance { strategy, stream: place, .. }| {
            let direction = match direction {
                abi::STREAM_ENCODE => Direction::Encode,
                abi::STREAM_DECODE => Direction::Decode,
                other => return Err(Error::BadCall(format!("{other} is no stream direction"))),
            };
            let total_len = Some(total_len).filter(|&len| len != u64::MAX);
            listed(strategy.stream(), abi::STREAM_1)?.begin(direction, total_len)?;
            *place = sink;
            Ok(())
        })
    }
}

unsafe extern "C" fn push(instance: *mut PmInstance, piece: PmBytes) -> PmStatus {
    // SAFETY: pointers are valid for the call; the sink lives from `begin` to `finish`.
    unsafe {
        call(instance, |Instance { host, strategy, stream: place, .. }| {
            let piece = values(piece.ptr, piece.len)?;
            let stream = listed(strategy.stream(), abi::STREAM_1)?;
            with_sink(host, begun(*place)?, |out| stream.push(piece, out))
        })
    }
}

unsafe extern "C" fn finish(instance: *mut PmInstance) -> PmStatus {
    // SAFETY: pointers are valid for the call; the sink lives from `begin` to `finish`.
    unsafe {
        call(instance, |Instance { host, strategy, stream: place, .. }| {
            let sink = begun(std::mem::replace(place, std::ptr::null_mut()))?;
            let stream = listed(strategy.stream(), abi::STREAM_1)?;
            with_sink(host, sink, |out| stream.finish(out))
        })
    }
}

fn begun(sink: *mut PmSink) -> Result<*mut PmSink> {
    if sink.is_null() { Err(Error::BadCall("no stream has begun".into())) } else { Ok(sink) }
}

unsafe extern "C" fn prime(
    instance: *mut PmInstance,
    samples: *const PmBytes,
    count: u64,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            listed(strategy.prime(), abi::PRIME_1)?.prime(&texts(samples, count)?)
        })
    }
}

unsafe extern "C" fn train(
    instance: *mut PmInstance,
    samples: *const PmBytes,
    count: u64,
    model: *mut PmSink,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let samples = texts(samples, count)?;
            let trainable = listed(strategy.trainable(), abi::TRAINABLE_1)?;
            with_sink(host, model, |out| trainable.train(&samples, out))
        })
    }
}

unsafe extern "C" fn load(instance: *mut PmInstance, model: PmBytes) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            let model = values(model.ptr, model.len)?;
            listed(strategy.trainable(), abi::TRAINABLE_1)?.load(model)
        })
    }
}

unsafe extern "C" fn code_length(instance: *mut PmInstance, bits: *mut f64) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            let bits = values_mut(bits, 1)?;
            bits[0] = listed(strategy.model(), abi::MODEL_1)?.code_length()?;
            Ok(())
        })
    }
}

unsafe extern "C" fn symbol_costs(
    instance: *mut PmInstance,
    input: PmBytes,
    bits: *mut f64,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            let bytes = values(input.ptr, input.len)?;
            let bits = values_mut(bits, input.len)?;
            listed(strategy.model(), abi::MODEL_1)?.symbol_costs(bytes, bits)
        })
    }
}

unsafe extern "C" fn compact(
    instance: *mut PmInstance,
    document: PmBytes,
    budget: u64,
    budget_unit: i32,
    sink: *mut PmSink,
    kept: *mut PmList,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let document = values(document.ptr, document.len)?;
            let budget = Budget::from_raw(budget, budget_unit)
                .ok_or_else(|| Error::BadCall(format!("{budget_unit} is no unit of a budget")))?;
            let compact = listed(strategy.compact(), abi::COMPACT_1)?;
            let mut spans = Spans::new(host, kept);
            with_sink(host, sink, |out| compact.compact(document, budget, out, &mut spans))
        })
    }
}

unsafe extern "C" fn reset(instance: *mut PmInstance, capacity: u64) -> PmStatus {
    // SAFETY: the instance is valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { strategy, .. }| {
            listed(strategy.cache(), abi::CACHE_1)?.reset(capacity)
        })
    }
}

unsafe extern "C" fn begin_turn(
    instance: *mut PmInstance,
    turn: u64,
    evicted: *mut PmList,
    prefetched: *mut PmList,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let mut events = Events::new(host, evicted, prefetched);
            listed(strategy.cache(), abi::CACHE_1)?.begin_turn(turn, &mut events)
        })
    }
}

unsafe extern "C" fn access(
    instance: *mut PmInstance,
    access: *const PmAccess,
    hit: *mut u8,
    evicted: *mut PmList,
    prefetched: *mut PmList,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says; `Access` is transparent.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let access = &values(access.cast::<Access>(), 1)?[0];
            let hit = values_mut(hit, 1)?;
            let mut events = Events::new(host, evicted, prefetched);
            let cache = listed(strategy.cache(), abi::CACHE_1)?;
            hit[0] = cache.access(access, &mut events)?.into();
            Ok(())
        })
    }
}

unsafe extern "C" fn access_batch(
    instance: *mut PmInstance,
    accesses: *const PmAccess,
    count: u64,
    hits: *mut u8,
    evicted: *mut PmList,
    prefetched: *mut PmList,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says; `Access` is transparent.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let accesses = values(accesses.cast::<Access>(), count)?;
            let hits = values_mut(hits, count)?;
            let mut events = Events::new(host, evicted, prefetched);
            listed(strategy.cache(), abi::CACHE_1)?.access_batch(accesses, hits, &mut events)
        })
    }
}

unsafe extern "C" fn explain(
    instance: *mut PmInstance,
    input: PmBytes,
    sink: *mut PmSink,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let input = values(input.ptr, input.len)?;
            let explain = listed(strategy.explain(), abi::DRAFT_EXPLAIN)?;
            with_sink(host, sink, |out| explain.explain(input, out))
        })
    }
}

/// # Safety
/// `text` is valid for `'a`.
unsafe fn name<'a>(text: PmStr) -> Result<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { values(text.ptr.cast::<u8>(), text.len)? };
    std::str::from_utf8(bytes).map_err(|_| Error::BadCall("a name is no UTF-8".into()))
}

/// # Safety
/// `page` and what it points to are valid for `'a`.
unsafe fn page<'a>(page: &PmPage) -> Result<Page<'a>> {
    let &PmPage { text, role, tool, turn, tokens } = page;
    // SAFETY: the caller's promise.
    unsafe {
        Ok(Page {
            text: values(text.ptr, text.len)?,
            role: name(role)?,
            tool: name(tool)?,
            turn,
            tokens,
        })
    }
}

unsafe extern "C" fn pack(
    instance: *mut PmInstance,
    question: PmBytes,
    pages: *const PmPage,
    count: u64,
    budget: u64,
    mode: i32,
    sink: *mut PmSink,
    chosen: *mut PmList,
) -> PmStatus {
    // SAFETY: pointers are valid for the call, as the ABI says.
    unsafe {
        call(instance, |Instance { host, strategy, .. }| {
            let pages: Vec<Page<'_>> =
                values(pages, count)?.iter().map(|raw| page(raw)).collect::<Result<_>>()?;
            let mode = Mode::from_raw(mode)
                .ok_or_else(|| Error::BadCall(format!("{mode} is no mode of packing")))?;
            let question = values(question.ptr, question.len)?;
            let request = PackRequest { question, pages: &pages, budget, mode };
            let pack = listed(strategy.pack(), abi::DRAFT_PACK_1)?;
            let mut chosen = Chosen::new(host, chosen);
            with_sink(host, sink, |out| pack.pack(&request, out, &mut chosen))
        })
    }
}
