//! A heap for one thread that gives out memory upwards and takes it back all at once.
//!
//! A call's memory is free for the next one ([`release`]); what is to survive calls is kept below
//! a mark ([`keep`]).

use core::{
    alloc::{GlobalAlloc, Layout},
    cell::UnsafeCell,
};

const BYTES: usize = 16 << 20;

#[repr(align(16))]
struct Heap {
    memory: UnsafeCell<[u8; BYTES]>,
    top: UnsafeCell<usize>,
    mark: UnsafeCell<usize>,
}

// SAFETY: the target has no threads.
unsafe impl Sync for Heap {}

#[global_allocator]
static HEAP: Heap = Heap {
    memory: UnsafeCell::new([0; BYTES]),
    top: UnsafeCell::new(0),
    mark: UnsafeCell::new(0),
};

// SAFETY: `top` only grows between releases, so that no two live allocations overlap.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let start = (*self.top.get()).next_multiple_of(layout.align());
        let end = start.saturating_add(layout.size());
        if end > BYTES || layout.align() > 16 {
            return core::ptr::null_mut();
        }
        *self.top.get() = end;
        self.memory.get().cast::<u8>().add(start)
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // The last one given out can be given out again.
        let start = pointer as usize - self.memory.get() as usize;
        if start + layout.size() == *self.top.get() {
            *self.top.get() = start;
        }
    }
}

/// Keeps what is in use for later calls.
pub fn keep() {
    // SAFETY: the target has no threads, and no reference to either cell is ever held.
    unsafe { *HEAP.mark.get() = *HEAP.top.get() }
}

/// Takes back all that is not kept.
///
/// # Safety
/// Nothing that was allocated since [`keep`] may be used any more.
pub unsafe fn release() {
    *HEAP.top.get() = *HEAP.mark.get();
}

/// Takes back everything.
///
/// # Safety
/// Nothing that was ever allocated may be used any more.
pub unsafe fn clear() {
    *HEAP.mark.get() = 0;
    release();
}
