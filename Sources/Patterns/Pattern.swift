// A regular expression in Perl's syntax, compiled once by PCRE2 and then shared by all threads.
// Must not match: that takes a Matcher, which has the memory for it and the limits.

import CPCRE2

/// A compiled regular expression; immutable, free to share between threads.
package struct Pattern: Sendable {
    let code: Code
    /// The number of capturing groups.
    package let captureCount: Int
    /// Whether it can match the empty string, and so matches everywhere.
    package let matchesEmpty: Bool
    /// A subject that is shorter cannot match; in characters with `.utf`, else in octets.
    package let minimumLength: Int
    /// Whether it was compiled to machine code; without it matches are right but slower.
    package let isJITCompiled: Bool

    /// Compiles `source`; what is wrong with it is in the error, with the octet where.
    package init(
        _ source: [UInt8],
        options: Options = .utf,
        limits: CompileLimits = CompileLimits()
    ) throws(PatternError) {
        code = try Code(source, options, limits)
        captureCount = Int(code.number(UInt32(PCRE2_INFO_CAPTURECOUNT)))
        matchesEmpty = code.number(UInt32(PCRE2_INFO_MATCHEMPTY)) != 0
        minimumLength = Int(code.number(UInt32(PCRE2_INFO_MINLENGTH)))
        isJITCompiled = unsafe pcre2_jit_compile_8(code.pointer, PCRE2_JIT_COMPLETE) == 0
    }

    /// The same pattern, nothing compiled again, whose uses count references of its own: threads that count those of one
    /// object wait for each other.
    package var copy: Pattern { Pattern(self, code: Code(sharing: code)) }

    private init(_ original: Pattern, code: Code) {
        self.code = code
        captureCount = original.captureCount
        matchesEmpty = original.matchesEmpty
        minimumLength = original.minimumLength
        isJITCompiled = original.isJITCompiled
    }
}

extension Pattern {
    /// How a pattern is read, and what its signs mean.
    package struct Options: OptionSet, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Letters match in either case.
        package static let caseless = Options(rawValue: PCRE2_CASELESS)
        /// Pattern and subject are UTF-8. Octets of the subject that are not UTF-8 match nothing, not even a dot.
        package static let utf = Options(rawValue: PCRE2_UTF | PCRE2_MATCH_INVALID_UTF)
        /// `\w`, `\d`, `\s`, `\b` and classes like `[:alpha:]` go by Unicode's properties.
        package static let unicodeProperties = Options(rawValue: PCRE2_UCP)
        /// `^` and `$` match at line ends inside the subject as well.
        package static let multiline = Options(rawValue: PCRE2_MULTILINE)
        /// A dot matches a line end as well.
        package static let dotAll = Options(rawValue: PCRE2_DOTALL)
        /// White space and `#` comments in the pattern do not count.
        package static let extended = Options(rawValue: PCRE2_EXTENDED)
        /// The match begins where the search begins.
        package static let anchored = Options(rawValue: PCRE2_ANCHORED)
        /// The match ends at the subject's end.
        package static let endAnchored = Options(rawValue: PCRE2_ENDANCHORED)
        /// `$` matches at the very end only, not before a last line end.
        package static let dollarEndOnly = Options(rawValue: PCRE2_DOLLAR_ENDONLY)
        /// Quantifiers take as little as they can; `?` behind them turns that round.
        package static let ungreedy = Options(rawValue: PCRE2_UNGREEDY)
        /// Plain parentheses capture nothing.
        package static let noAutoCapture = Options(rawValue: PCRE2_NO_AUTO_CAPTURE)
        /// Groups may have the same name.
        package static let duplicateNames = Options(rawValue: PCRE2_DUPNAMES)
        /// The pattern is text without signs. Goes with `caseless`, `utf` and the anchors only.
        package static let literal = Options(rawValue: PCRE2_LITERAL)
    }

    /// PCRE2's own object, freed with the last pattern that holds it.
    ///
    /// Invariant of `@unchecked Sendable`: the object is written by its initialiser and by the JIT compilation that
    /// `Pattern.init` does before anyone else has it; PCRE2 only reads it from then on (pcre2api, "Multithreading").
    /// What a match writes to is in the `Matcher`.
    @safe final class Code: @unchecked Sendable {
        let pointer: OpaquePointer
        /// Whose object it is, if not its own. Matching does not touch it.
        private let owner: Code?

        /// The object of another, under a reference count of its own.
        init(sharing other: Code) {
            owner = other.owner ?? other
            unsafe pointer = other.pointer
        }

        init(_ source: [UInt8], _ options: Options, _ limits: CompileLimits) throws(PatternError) {
            guard let context = unsafe pcre2_compile_context_create_8(nil) else { throw .outOfMemory }
            defer { unsafe pcre2_compile_context_free_8(context) }
            unsafe pcre2_set_max_pattern_length_8(context, limits.patternLength)
            unsafe pcre2_set_parens_nest_limit_8(context, limits.nesting)
            var error: Int32 = 0
            var offset = 0
            let flags = options.rawValue | Code.always(with: options)
            let compiled = unsafe source.withUnsafeBufferPointer { octets in
                // An empty array may have no address; PCRE2 takes a null pattern for an empty one only since 10.43.
                var nothing: UInt8 = 0
                return unsafe withUnsafePointer(to: &nothing) { empty in
                    unsafe pcre2_compile_8(octets.baseAddress ?? empty, octets.count, flags, &error, &offset, context)
                }
            }
            guard let compiled = unsafe compiled else { throw PatternError(code: error, offset: offset) }
            unsafe pointer = compiled
            owner = nil
        }

        deinit { if owner == nil { unsafe pcre2_code_free_8(pointer) } }

        /// A pattern cannot switch these on or off by itself: `\C` would split characters, and `(*UTF)` would
        /// make invalid subjects an error.
        private static func always(with options: Options) -> UInt32 {
            if options.contains(.literal) { return 0 }
            return options.contains(.utf) ? PCRE2_NEVER_BACKSLASH_C : PCRE2_NEVER_UTF
        }

        func number(_ what: UInt32) -> UInt32 {
            var value: UInt32 = 0
            unsafe pcre2_pattern_info_8(pointer, what, &value)
            return value
        }
    }
}

/// Why a pattern does not compile.
package struct PatternError: Error, Sendable, Equatable, CustomStringConvertible {
    /// PCRE2's sentence.
    package let message: String
    /// The octet of the pattern behind which it was noticed.
    package let offset: Int

    package var description: String { "\(message) (at octet \(offset))" }

    static let outOfMemory = PatternError(message: "out of memory", offset: 0)

    private init(message: String, offset: Int) {
        self.message = message
        self.offset = offset
    }

    init(code: Int32, offset: Int) {
        self.init(message: Self.sentence(of: code), offset: offset)
    }

    static func sentence(of code: Int32) -> String {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { buffer in
            let length = unsafe pcre2_get_error_message_8(code, buffer.baseAddress, buffer.count)
            guard length >= 0 else { return "error \(code) of PCRE2" }
            return unsafe String(decoding: buffer[..<Int(length)], as: UTF8.self)
        }
    }
}
