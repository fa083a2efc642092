// What every comparing test shares: comparator, match type and keys, compiled, and applied to one value.
// Must not know where values come from.

import Patterns

/// How a value is compared with keys.
enum MatchType: Sendable, Equatable {
    case `is`
    case contains
    case matches
    case regex
    case value(Relation)
    case count(Relation)
    /// Whether it is in a list kept elsewhere (RFC 6134).
    case list
}

/// The comparison that a test's tags and key list ask for.
struct Comparison: Sendable {
    /// A key, prepared as far as it is constant.
    private enum Key: Sendable {
        case octets([UInt8])
        case wildcard(Wildcard)
        case pattern(Pattern)
        /// Holds variables: prepared when it is used.
        case text(Text)
    }

    let type: MatchType
    let comparator: Comparator
    private let keys: [Key]
    /// Whether a success leaves match variables behind (RFC 5229 section 3.2).
    private let setsMatchVariables: Bool
    /// The numbers of its keys among the regular expressions of the script that are asked of numbered texts.
    private(set) var patterns: Range<Int>?

    /// Compiles the tags of `call` and the keys of `argument`; without an argument there is nothing to compare with.
    ///
    /// - Parameter text: The number of what is compared, if it has one.
    init(
        _ call: Call,
        keys argument: Argument?,
        in unit: inout CompilationUnit,
        comparator standard: Comparator = .asciiCasemap,
        setsMatchVariables: Bool = true,
        of text: Int? = nil
    ) throws(CompileError) {
        comparator = try unit.comparator(of: call, otherwise: standard)
        type = try unit.matchType(of: call)
        if [.contains, .matches, .regex].contains(type), !comparator.hasSubstrings {
            throw call.error(
                "the specified \(comparator.name) comparator does not support sub-string matching as required by the "
                    + ":\(call.choice(of: "MATCH-TYPE") ?? "is") match type",
                fix: "use ':is', or ':value' and ':count' of the extension \"relational\""
            )
        }
        self.setsMatchVariables = setsMatchVariables && unit.isAvailable("variables")
        var keys: [Key] = []
        if let argument {
            let texts = try unit.texts(argument).texts
            for (text, literal) in zip(texts, CompilationUnit.literals(of: argument)) {
                keys.append(try Self.key(text, at: literal.position, type, comparator, unit.options.patterns))
            }
        }
        self.keys = keys
        if type == .regex, let text { patterns = unit.number(try required(by: argument, in: &unit), of: text) }
        if argument != nil { warn(of: call, in: &unit) }
    }

    private static func key(
        _ text: Text,
        at position: SourcePosition,
        _ type: MatchType,
        _ comparator: Comparator,
        _ known: CompiledPatterns?
    ) throws(CompileError) -> Key {
        guard let octets = text.constant else { return .text(text) }
        switch type {
        case .matches: return .wildcard(Wildcard(comparator.prepared(octets)))
        case .regex:
            do {
                let ignoringCase = comparator.ignoresCase
                return .pattern(try RegularExpression.pattern(octets, ignoringCase: ignoringCase, known: known))
            } catch {
                throw CompileError(
                    position: position,
                    message: "invalid regular expression '\(octets.text)' for regex match: \(error.message)",
                    fix: "look at octet \(error.offset) of it"
                )
            }
        case .list: return .octets(octets)
        case .is, .contains, .value, .count: return .octets(comparator.prepared(octets))
        }
    }

    /// What each of the regular expressions requires; nothing is known of those that hold variables.
    private func required(
        by argument: Argument?,
        in unit: inout CompilationUnit
    ) throws(CompileError) -> [RequiredLiterals?] {
        guard let argument else { return [] }
        return try unit.texts(argument).texts.map { text in
            text.constant.flatMap { RegularExpression.required(by: $0, ignoringCase: comparator.ignoresCase) }
        }
    }

    private func warn(of call: Call, in unit: inout CompilationUnit) {
        let position = call.tags["matches"]?.position ?? call.tags["regex"]?.position ?? call.position
        let isMistaken = call.hasMistakenWildcards
        for key in keys {
            switch key {
            case .wildcard(let wildcard) where !wildcard.hasWildcards && keys.count == 1 && !isMistaken:
                unit.warn(
                    "a :matches key without * and ? is compared whole",
                    fix: "use ':is' or add '*'",
                    at: position
                )
            case .pattern(let pattern) where pattern.matchesEmpty:
                unit.warn("the regular expression matches the empty string", fix: "it is always true", at: position)
            default: continue
            }
        }
    }

    // MARK: At run time

    /// Whether things are to be counted instead of compared (RFC 5231 section 4.2).
    var counts: Bool {
        if case .count = type { return true }
        return false
    }

    /// Whether the value matches any key; a success sets the match variables.
    func matches(_ value: [UInt8], in machine: inout Machine) throws(Interruption) -> Bool {
        let value = comparator == .unicodeCasemap && type != .regex ? comparator.prepared(value) : value
        // Keys that differ at a glance cost something as well: thousands of them meet thousands of fields.
        machine.budget.pay(keys.count)
        for (index, key) in keys.enumerated() where mayMatch(index, in: machine) {
            guard try matches(value, key, in: &machine) else { continue }
            if machine.trace != nil { machine.observed.see(value, isMatch: true) }
            return true
        }
        if machine.trace != nil { machine.observed.see(value, isMatch: false) }
        if machine.budget.isSpent { throw .failed("too much text compared (comparedOctets)") }
        return false
    }

    /// Whether any key may match what was scanned (`Candidates`).
    func mayMatch(in machine: Machine) -> Bool {
        patterns.map { $0.contains { machine.candidates.mayMatch($0) } } ?? true
    }

    private func mayMatch(_ key: Int, in machine: Machine) -> Bool {
        patterns.map { machine.candidates.mayMatch($0.lowerBound + key) } ?? true
    }

    /// Whether a count of things matches any key (RFC 5231 section 4.2).
    func matches(count: Int, in machine: inout Machine) throws(Interruption) -> Bool {
        try matches(Array(String(count).utf8), in: &machine)
    }

    private func matches(_ value: [UInt8], _ key: Key, in machine: inout Machine) throws(Interruption) -> Bool {
        switch key {
        case .octets(let octets): return try compare(value, octets, in: &machine)
        case .wildcard(let wildcard): return match(value, wildcard, in: &machine)
        case .pattern(let pattern): return try match(value, pattern, in: &machine)
        case .text(let text):
            let octets = try machine.expand(text)
            switch type {
            case .matches: return match(value, Wildcard(comparator.prepared(octets)), in: &machine)
            case .regex:
                return try match(value, try pattern(octets), in: &machine)
            case .list: return try compare(value, octets, in: &machine)
            case .is, .contains, .value, .count: return try compare(value, comparator.prepared(octets), in: &machine)
            }
        }
    }

    /// Compiles a regular expression that holds variables: one that they made invalid was never asked.
    private func pattern(_ octets: [UInt8]) throws(Interruption) -> Pattern {
        do {
            return try RegularExpression.pattern(octets, ignoringCase: comparator.ignoresCase)
        } catch {
            throw .failed("invalid regular expression '\(octets.text)': \(error)")
        }
    }

    private func compare(_ value: [UInt8], _ key: [UInt8], in machine: inout Machine) throws(Interruption) -> Bool {
        switch type {
        case .contains:
            let ignoringCase = comparator.ignoresCase
            let place =
                Substring.find(key[...], in: value, from: 0, ignoringCase: ignoringCase, budget: &machine.budget)
            machine.observed.place = place ?? 0
            return place != nil
        case .value(let relation), .count(let relation):
            machine.budget.pay(min(value.count, key.count))
            return relation.holds(comparator.order(value, key))
        case .list: return try machine.answer(to: .list(name: key, value: value))
        case .is, .matches, .regex:
            if comparator != .asciiNumeric, value.count != key.count { return false }
            machine.budget.pay(key.count)
            return comparator.areEqual(value, key)
        }
    }

    private func match(_ value: [UInt8], _ wildcard: Wildcard, in machine: inout Machine) -> Bool {
        let captures = wildcard.match(value, ignoringCase: comparator.ignoresCase, budget: &machine.budget)
        guard let captures else { return false }
        if setsMatchVariables { machine.setMatchVariables(value, captures) }
        return true
    }

    private func match(_ value: [UInt8], _ pattern: Pattern, in machine: inout Machine) throws(Interruption) -> Bool {
        if !setsMatchVariables, machine.trace == nil { return try machine.matches(pattern, value) }
        guard let captures = try machine.firstMatch(of: pattern, in: value) else { return false }
        machine.observed.place = captures.first?.lowerBound ?? 0
        if setsMatchVariables { machine.setMatchVariables(value, captures) }
        return true
    }
}

extension [TagDefinition] {
    /// COMPARATOR and MATCH-TYPE, which all comparing tests take.
    static let matching: [TagDefinition] = [
        TagDefinition("comparator", value: .string),
        TagDefinition("is", group: "MATCH-TYPE"),
        TagDefinition("contains", group: "MATCH-TYPE"),
        TagDefinition("matches", group: "MATCH-TYPE"),
        TagDefinition("regex", group: "MATCH-TYPE", capability: "regex"),
        TagDefinition("value", value: .string, group: "MATCH-TYPE", capability: "relational"),
        TagDefinition("count", value: .string, group: "MATCH-TYPE", capability: "relational"),
        TagDefinition("list", group: "MATCH-TYPE", capability: "extlists"),
    ]
}

extension CompilationUnit {
    fileprivate mutating func matchType(of call: Call) throws(CompileError) -> MatchType {
        switch call.choice(of: "MATCH-TYPE") {
        case "contains": .contains
        case "matches": .matches
        case "regex": .regex
        case "value": .value(try Relation(of: call, tag: "value"))
        case "count": .count(try Relation(of: call, tag: "count"))
        case "list": .list
        default: .is
        }
    }

    fileprivate mutating func comparator(
        of call: Call,
        otherwise standard: Comparator
    ) throws(CompileError) -> Comparator {
        guard let argument = call.tagValues["comparator"] else { return standard }
        let name = try constant(argument, what: ":comparator argument")
        guard let comparator = Comparator(name: name), isBase(comparator) || isAvailable("comparator-\(name.text)")
        else {
            let known = Comparator(name: name) != nil
            throw call.error(
                "unknown comparator '\(name.text)'",
                fix: known
                    ? "write require \"comparator-\(name.text)\"; at the beginning"
                    : "use \"i;ascii-casemap\" or \"i;octet\"",
                at: argument.position
            )
        }
        noteUse(of: "comparator-\(comparator.name)")
        return comparator
    }

    private func isBase(_ comparator: Comparator) -> Bool { comparator == .octet || comparator == .asciiCasemap }
}
