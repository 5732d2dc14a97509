//! One look gives one sample of each node, and a window needs several.

use decide::time::said;
use decide::usage::samples_needed;
use decide::world::World;

/// Says so where the nodes of a group stay for want of samples alone.
#[must_use]
pub fn too_short(world: &World) -> Option<String> {
    if !world.settings.scale_down.source.measures() {
        return None;
    }
    let managed = world.groups.iter().filter(|it| it.managed);
    let needs = managed.map(|it| (samples_needed(it.scale_down.window_secs), it));
    let (need, group) = needs.filter(|it| it.0 > 1).max_by_key(|it| it.0)?;
    let window = said(i64::from(group.scale_down.window_secs));
    Some(format!(
        "the metrics API gives one sample of each node, and group {} needs {need} in {window}: its nodes stay here, \
         while the controller keeps the history (scaleDown.utilizationSource: Requests needs none)",
        group.name
    ))
}
