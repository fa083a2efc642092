// vnd.popsieve.defects: the test defect asks what is wrong with a message, by the names of Mail's defects.
// Must not judge: whether a defect is an attack is the script's business.

import Mail

extension Extension {
    /// `defect [":message"] [COMPARATOR] [MATCH-TYPE] <names: string-list>`: true if any defect's name matches. Without
    /// the tag the header block is looked at; with it the whole message, decoded. The count is that of the defects.
    static let defects = Extension(
        capability: "vnd.popsieve.defects",
        definitions: [
            Definition(
                name: "defect",
                kind: .test,
                capabilities: ["vnd.popsieve.defects"],
                tags: [TagDefinition("message")] + .matching,
                parameters: [Parameter("names", .stringList)]
            ) { unit, call throws(CompileError) in
                let comparison = try Comparison(call, keys: call.positional[0], in: &unit)
                if comparison.type == .is { unit.warnOfUnknownDefects(call.positional[0]) }
                unit.emit(DefectTest(isOfMessage: call.has("message"), comparison: comparison))
            }
        ]
    )
}

extension CompilationUnit {
    fileprivate mutating func warnOfUnknownDefects(_ names: Argument) {
        let known = Defect.Kind.allCases.map(\.rawValue)
        for literal in Self.literals(of: names) where !literal.value.contains(UInt8(ascii: "$")) {
            let name = literal.value.text.lowercased()
            if known.contains(name) { continue }
            let fix =
                Suggestion.best(for: name, among: known).map { "did you mean \"\($0)\"?" } ?? "take one of Defects.md"
            warn("there is no defect \"\(name)\"", fix: fix, at: literal.position)
        }
    }
}

private struct DefectTest: Condition {
    let isOfMessage: Bool
    let comparison: Comparison

    var depth: Depth { isOfMessage ? .body : .header }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        try machine.checkTime()
        let found = isOfMessage ? try machine.wholeMessage().allDefects() : machine.header.allDefects()
        let names = found.map(\.name)
        // What was repaired before the message came here is not found again.
        let repaired = machine.context.defects + (isOfMessage ? machine.context.bodyDefects : [])
        let all = names + repaired.filter { !names.contains($0) }
        let beyond = found.filter(\.kind.exceedsLimit).map(\.name)
        if comparison.counts, beyond.isEmpty { return try comparison.matches(count: all.count, in: &machine) }
        for name in all where !comparison.counts {
            if try comparison.matches(Array(name.utf8), in: &machine) { return true }
        }
        if beyond.isEmpty { return false }
        // What was not read may have the defect, too.
        throw .failed("the message is beyond a limit of reading it (\(beyond.joined(separator: ", ")))")
    }
}
