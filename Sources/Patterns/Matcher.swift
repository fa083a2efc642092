// The memory in which patterns are matched, owned by one evaluation and reused from match to match.
// Must not be shared between threads.

import CPCRE2

/// Matches patterns against octets, within limits.
///
/// One matcher serves any number of patterns and matches, one after the other; making one is cheap, using it again is
/// cheaper. Subjects may hold any octets, NUL among them.
@safe package final class Matcher {
    private let context: OpaquePointer
    private var data: OpaquePointer
    /// Groups that `data` has room for, the whole match among them.
    private var capacity: Int
    /// Machine code starts on 32 KiB of the thread's stack; a match that needs more gets this one, and later ones too.
    private var stack: OpaquePointer?
    private let limits: MatchLimits

    /// A matcher that gives up at `limits`; nil when there is no memory.
    package init?(limits: MatchLimits = MatchLimits()) {
        guard let context = unsafe pcre2_match_context_create_8(nil) else { return nil }
        guard let data = unsafe pcre2_match_data_create_8(10, nil) else {
            unsafe pcre2_match_context_free_8(context)
            return nil
        }
        unsafe self.context = context
        unsafe self.data = data
        unsafe stack = nil
        capacity = 10
        self.limits = limits
        unsafe pcre2_set_match_limit_8(context, limits.steps)
        unsafe pcre2_set_depth_limit_8(context, limits.depth)
        unsafe pcre2_set_heap_limit_8(context, limits.heap)
    }

    deinit {
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_match_context_free_8(context)
        if let stack = unsafe stack { unsafe pcre2_jit_stack_free_8(stack) }
    }

    /// Whether `pattern` matches anywhere in `subject` from octet `start` on.
    package func matches(_ pattern: Pattern, in subject: [UInt8], from start: Int = 0) throws(MatchError) -> Bool {
        try run(pattern, subject, start) > 0
    }

    /// The first match of `pattern` in `subject` from octet `start` on, with its groups.
    package func firstMatch(
        of pattern: Pattern,
        in subject: [UInt8],
        from start: Int = 0
    ) throws(MatchError) -> Captures? {
        let count = try run(pattern, subject, start)
        guard count > 0, let offsets = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        let groups = (0...pattern.captureCount).map { group -> Range<Int>? in
            guard group < count else { return nil }
            let (lower, upper) = unsafe (offsets[2 * group], offsets[2 * group + 1])
            guard lower >= 0, upper >= 0 else { return nil }  // PCRE2_UNSET, all bits set
            return lower..<max(lower, upper)  // \K may put the beginning behind the end
        }
        return Captures(groups: groups)
    }

    /// The number of groups up to the last that matched; 0 for no match.
    private func run(_ pattern: Pattern, _ subject: [UInt8], _ start: Int) throws(MatchError) -> Int {
        guard start >= 0, start <= subject.count else { return 0 }
        try reserve(pattern.captureCount + 1)
        var result = attempt(pattern, subject, start)
        if result == PCRE2_ERROR_JIT_STACKLIMIT, unsafe stack == nil {
            try addStack()
            result = attempt(pattern, subject, start)
        }
        switch result {
        case 1...: return Int(result)
        case PCRE2_ERROR_NOMATCH: return 0
        case PCRE2_ERROR_MATCHLIMIT: throw .stepLimit
        case PCRE2_ERROR_DEPTHLIMIT: throw .depthLimit
        case PCRE2_ERROR_HEAPLIMIT, PCRE2_ERROR_JIT_STACKLIMIT, PCRE2_ERROR_NOMEMORY: throw .heapLimit
        default: throw .refused(result)
        }
    }

    private func attempt(_ pattern: Pattern, _ subject: [UInt8], _ start: Int) -> Int32 {
        unsafe subject.withUnsafeBufferPointer { octets in
            var nothing: UInt8 = 0
            return unsafe withUnsafePointer(to: &nothing) { empty in
                unsafe pcre2_match_8(
                    pattern.code.pointer,
                    octets.baseAddress ?? empty,
                    octets.count,
                    start,
                    0,
                    data,
                    context
                )
            }
        }
    }

    private func reserve(_ groups: Int) throws(MatchError) {
        if groups <= capacity { return }
        guard let larger = unsafe pcre2_match_data_create_8(UInt32(groups), nil) else { throw .heapLimit }
        unsafe pcre2_match_data_free_8(data)
        unsafe data = larger
        capacity = groups
    }

    private func addStack() throws(MatchError) {
        let size = Int(limits.heap) * 1_024
        let created = unsafe pcre2_jit_stack_create_8(min(32_768, size), max(size, 1), nil)
        guard let created = unsafe created else { throw .heapLimit }
        unsafe pcre2_jit_stack_assign_8(context, nil, UnsafeMutableRawPointer(created))
        unsafe stack = created
    }
}

/// What a match found, as ranges of the subject's octets.
package struct Captures: Sendable, Equatable {
    /// The whole match first, then the groups in the order of their parentheses; nil for a group that took no part.
    package let groups: [Range<Int>?]

    /// Group 0 is the whole match.
    package subscript(group: Int) -> Range<Int>? {
        groups.indices.contains(group) ? groups[group] : nil
    }

    /// The whole match.
    package var whole: Range<Int> { groups.first.flatMap(\.self) ?? 0..<0 }
}
