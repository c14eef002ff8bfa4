//! One instance behind its `pm_instance` pointer: made, called and dropped.

use std::ffi::{CStr, c_char, c_void};

use pressmark_abi::{ABI_MAJOR, ERR_BAD_CALL, OK, PmHost, PmInstance, PmSink, PmStatus};

use crate::{Descriptor, Error, Host, Options, Result, Strategy, allocator, panics, shims};

/// What a `pm_instance` of the SDK points to.
pub(crate) struct Instance {
    pub(crate) host: Host,
    pub(crate) strategy: Box<dyn Strategy>,
    /// Between `begin` and `finish`: where the stream goes.
    pub(crate) stream: *mut PmSink,
    descriptor: &'static Descriptor,
    /// After a panic the strategy may be in any state; it is dropped, not called.
    panicked: bool,
}

/// `pm_strategy.create` of a descriptor.
///
/// # Safety
/// As the ABI says: `host` is valid until [`destroy`] has returned, `out` is writable.
pub unsafe fn create(
    descriptor: &'static Descriptor,
    host: *const PmHost,
    out: *mut *mut PmInstance,
) -> PmStatus {
    // SAFETY: non-null pointers are valid by the ABI. A host's size is its first field.
    let complete = !host.is_null()
        && !out.is_null()
        && unsafe {
            (*host).struct_size as usize >= size_of::<PmHost>() && (*host).abi_major == ABI_MAJOR
        };
    if !complete {
        return ERR_BAD_CALL;
    }
    // SAFETY: the host is valid until `destroy`, which leaves; a failure leaves here.
    unsafe { allocator::enter(host) };
    panics::keep_messages();
    let made = panics::guard(|| {
        // SAFETY: complete, and valid until `retire` in `Instance::end` or below.
        let host = unsafe { Host::new(host) };
        let options = Options::new(&host, descriptor.options);
        let strategy = match panics::guard(|| (descriptor.create)(&host, &options)) {
            Ok(strategy) => strategy,
            Err(error) => {
                host.set_error(&error.message());
                host.retire();
                return Err(error);
            }
        };
        let stream = std::ptr::null_mut();
        Ok(Box::new(Instance { host, strategy, stream, descriptor, panicked: false }))
    });
    match made {
        Ok(instance) => {
            // SAFETY: `out` is writable by the ABI.
            unsafe { *out = Box::into_raw(instance).cast() };
            OK
        }
        Err(error) => {
            let status = error.status();
            drop(error);
            allocator::leave();
            status
        }
    }
}

/// `pm_strategy.destroy`.
///
/// # Safety
/// `instance` is null or came from [`create`], and is not used again.
pub unsafe extern "C" fn destroy(instance: *mut PmInstance) {
    if instance.is_null() {
        return;
    }
    // SAFETY: made by `create` from a box of this type; the host gives it up here.
    end(*unsafe { Box::from_raw(instance.cast::<Instance>()) });
    // Nothing of the instance is left, its box included: its host may end now.
    allocator::leave();
}

fn end(instance: Instance) {
    let Instance { host, strategy, .. } = instance;
    // There is no status to return: a panic of `drop` can only be told to the host.
    if let Err(error) = panics::guard(|| {
        drop(strategy);
        Ok(())
    }) {
        host.log(crate::Level::Error, &error.to_string());
    }
    host.retire();
}

/// `pm_strategy.get_interface`.
///
/// # Safety
/// `instance` is null or came from [`create`]; `id` is null or ends with a zero.
pub unsafe extern "C" fn get_interface(
    instance: *mut PmInstance,
    id: *const c_char,
) -> *const c_void {
    if instance.is_null() || id.is_null() {
        return std::ptr::null();
    }
    // SAFETY: an instance of ours, on its thread; a terminated text.
    let (instance, id) = unsafe { (&*instance.cast::<Instance>(), CStr::from_ptr(id)) };
    let listed = instance.descriptor.interfaces.iter().find(|interface| interface.id() == id);
    listed.map_or(std::ptr::null(), |&interface| shims::table(interface))
}

/// Runs one call on an instance and turns what happens into a status.
///
/// # Safety
/// `instance` is null or came from [`create`], and no other call is under way on it.
pub(crate) unsafe fn call(
    instance: *mut PmInstance,
    code: impl FnOnce(&mut Instance) -> Result<()>,
) -> PmStatus {
    if instance.is_null() {
        return ERR_BAD_CALL;
    }
    // SAFETY: an instance of ours; one thread at a time.
    let instance = unsafe { &mut *instance.cast::<Instance>() };
    let result = if instance.panicked {
        Err(Error::BadCall("the strategy panicked in an earlier call".into()))
    } else {
        panics::guard(|| code(instance))
    };
    match result {
        Ok(()) => OK,
        Err(error) => {
            instance.panicked |= matches!(error, Error::Panic(_));
            instance.host.set_error(&error.message());
            error.status()
        }
    }
}
