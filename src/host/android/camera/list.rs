//! What cameras there are, as Android's camera service describes them.

#![expect(unsafe_code, reason = "the NDK's cameras are C")]

use std::ffi::{CStr, CString};
use std::ptr;

use ndk_sys::{
    ACameraIdList, ACameraManager, ACameraManager_create, ACameraManager_delete,
    ACameraManager_deleteCameraIdList, ACameraManager_getCameraCharacteristics,
    ACameraManager_getCameraIdList, ACameraMetadata, ACameraMetadata_const_entry,
    ACameraMetadata_free, ACameraMetadata_getConstEntry, acamera_metadata_enum_acamera_lens_facing,
    acamera_metadata_tag, camera_status_t,
};

// The functions of ndk-sys name no library.
#[link(name = "camera2ndk")]
unsafe extern "C" {}

/// A camera that can be opened.
pub(super) struct Found {
    pub id: CString,
    /// What the person calls it.
    pub name: String,
    pub back: bool,
    pub torch: bool,
    /// By how far its picture has to be turned to the right on a phone held upright.
    pub degrees: i32,
}

/// Android's camera service, let go when it is dropped.
pub(super) struct Manager(pub(super) *mut ACameraManager);

impl Manager {
    pub(super) fn new() -> Self {
        // SAFETY: nothing is asked of the caller.
        Self(unsafe { ACameraManager_create() })
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // SAFETY: it was made by `ACameraManager_create` and is not used after this.
        unsafe { ACameraManager_delete(self.0) };
    }
}

/// The cameras, in the system's order. One that cannot be described is left out.
pub(super) fn all() -> Vec<Found> {
    let manager = Manager::new();
    let mut list: *mut ACameraIdList = ptr::null_mut();
    // SAFETY: the manager lives, and the list is written where there is place for its pointer.
    let status = unsafe { ACameraManager_getCameraIdList(manager.0, &mut list) };
    if status != camera_status_t::ACAMERA_OK || list.is_null() {
        return Vec::new();
    }
    let mut found: Vec<Found> = Vec::new();
    // SAFETY: after success the list is whole: `numCameras` names that end with a zero, which live
    // until the list is deleted below.
    unsafe {
        let names = &*list;
        for place in 0..usize::try_from(names.numCameras).unwrap_or_default() {
            let id = CStr::from_ptr(*names.cameraIds.add(place)).to_owned();
            if let Some(one) = described(&manager, id, &found) {
                found.push(one);
            }
        }
        ACameraManager_deleteCameraIdList(list);
    }
    found
}

fn described(manager: &Manager, id: CString, before: &[Found]) -> Option<Found> {
    let mut facts: *mut ACameraMetadata = ptr::null_mut();
    // SAFETY: manager and name live, and the pointer is written to its place.
    let status =
        unsafe { ACameraManager_getCameraCharacteristics(manager.0, id.as_ptr(), &mut facts) };
    if status != camera_status_t::ACAMERA_OK || facts.is_null() {
        return None;
    }
    let facing = byte(facts, acamera_metadata_tag::ACAMERA_LENS_FACING);
    let torch = byte(facts, acamera_metadata_tag::ACAMERA_FLASH_INFO_AVAILABLE) == Some(1);
    let degrees = number(facts, acamera_metadata_tag::ACAMERA_SENSOR_ORIENTATION).unwrap_or(0);
    // SAFETY: it is from the call above, and nothing of it is kept.
    unsafe { ACameraMetadata_free(facts) };
    use acamera_metadata_enum_acamera_lens_facing as side;
    let of = |one: side| facing.map(u32::from) == Some(one.0);
    let (back, kind) = match () {
        () if of(side::ACAMERA_LENS_FACING_BACK) => (true, "Back camera"),
        () if of(side::ACAMERA_LENS_FACING_FRONT) => (false, "Front camera"),
        () => (false, "Other camera"),
    };
    let same = before.iter().filter(|one| one.name.starts_with(kind)).count();
    let name = if same == 0 { kind.to_owned() } else { format!("{kind} {}", same + 1) };
    Some(Found { id, name, back, torch, degrees })
}

fn byte(facts: *const ACameraMetadata, tag: acamera_metadata_tag) -> Option<u8> {
    let entry = entry(facts, tag)?;
    // SAFETY: these tags hold bytes, and the entry has at least one.
    Some(unsafe { *entry.data.u8_ })
}

fn number(facts: *const ACameraMetadata, tag: acamera_metadata_tag) -> Option<i32> {
    let entry = entry(facts, tag)?;
    // SAFETY: this tag holds whole numbers of 32 bits, and the entry has at least one.
    Some(unsafe { *entry.data.i32_ })
}

fn entry(
    facts: *const ACameraMetadata,
    tag: acamera_metadata_tag,
) -> Option<ACameraMetadata_const_entry> {
    // SAFETY: an entry of zeros is one of nothing, with a null pointer.
    let mut entry: ACameraMetadata_const_entry = unsafe { std::mem::zeroed() };
    // SAFETY: the facts live, and the entry is written to its place.
    let status = unsafe { ACameraMetadata_getConstEntry(facts, tag.0, &mut entry) };
    (status == camera_status_t::ACAMERA_OK && entry.count > 0).then_some(entry)
}
