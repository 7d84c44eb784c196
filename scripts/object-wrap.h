// Included before all else where a native package is compiled: `node::ObjectWrap` without the clean-up hooks that it has
// in Node 24.19 and newer. Taking one back ends the process when the object is collected while no JavaScript runs, as
// better-sqlite3's statements are (observed with 24.21, 2026-11; reported as nodejs/node#65446). Older Nodes have no hooks.
#pragma once
#if __has_include(<node_object_wrap.h>)
#include <node.h>

namespace node {
inline void NoCleanupHook(v8::Isolate*, void (*)(void*), void*) {}
}

#define AddEnvironmentCleanupHook NoCleanupHook
#define RemoveEnvironmentCleanupHook NoCleanupHook
#include <node_object_wrap.h>
#undef AddEnvironmentCleanupHook
#undef RemoveEnvironmentCleanupHook
#endif
