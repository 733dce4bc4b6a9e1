#include "kcpp/schedules.h"

#include "src/tables.h"

namespace kcpp {

Config to_config(const LearningRate& v) { return v.is_schedule() ? serialize(v.schedule().impl().get()) : Config(v.value()); }
void from_config(const Config& c, LearningRate& v, std::string_view what) {
  if (c.is_number()) {
    v = c.as_double(what);
  } else {
    v = Schedule(std::dynamic_pointer_cast<ScheduleImpl>(deserialize(ObjectKind::schedule, c)));
  }
}

std::span<const Factory> tables::schedules() { return {}; }

}  // namespace kcpp
