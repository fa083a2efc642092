// vnd.popsieve.attachment: the test attachment asks for attached files by their names, extensions and types, and by what is
// odd about them; in zip archives, too. Must not judge, nor take for clean what could not be looked into.

import Mail

extension Extension {
    /// `attachment [":inside"] [":name" / ":extension" / ":type" / ":declared" / ":defect"] [COMPARATOR] [MATCH-TYPE]
    /// <keys: string-list>`: true if any of the files has what matches. The files are those of the current part in
    /// `foreverypart`, else those of all parts; with `:inside` those in archives as well. The count is that of files.
    static let attachment = Extension(
        capability: "vnd.popsieve.attachment",
        definitions: [
            Definition(
                name: "attachment",
                kind: .test,
                capabilities: ["vnd.popsieve.attachment"],
                tags: [TagDefinition("inside")]
                    + AttachmentTest.Aspect.allCases.map { TagDefinition($0.rawValue, group: "ASPECT") } + .matching,
                parameters: [Parameter("key list", .stringList)]
            ) { unit, call throws(CompileError) in
                let aspect = call.choice(of: "ASPECT").flatMap(AttachmentTest.Aspect.init) ?? .name
                let comparison = try Comparison(call, keys: call.positional[0], in: &unit)
                if comparison.type == .is { unit.warnOfImpossible(call.positional[0], aspect) }
                unit.emit(AttachmentTest(aspect: aspect, isInside: call.has("inside"), comparison: comparison))
            }
        ]
    )
}

extension CompilationUnit {
    /// Warns of keys that no file can have.
    fileprivate mutating func warnOfImpossible(_ keys: Argument, _ aspect: AttachmentTest.Aspect) {
        for literal in Self.literals(of: keys) where !literal.value.contains(UInt8(ascii: "$")) {
            let key = literal.value.text.lowercased()
            let fix: String? =
                switch aspect {
                case .name: nil
                case .extension: key.contains(".") ? "write what stands behind the last dot" : nil
                case .declared: key.contains("/") ? nil : "write type and subtype, such as \"application/pdf\""
                case .type: Self.fix(for: key, among: FileType.allCases.map(\.rawValue))
                case .defect: Self.fix(for: key, among: AttachmentDefect.allCases.map(\.rawValue))
                }
            guard let fix else { continue }
            warn("no attachment has the \(aspect.title) \"\(key)\"", fix: fix, at: literal.position)
        }
    }

    private static func fix(for key: String, among known: [String]) -> String? {
        if known.contains(key) { return nil }
        return Suggestion.best(for: key, among: known).map { "did you mean \"\($0)\"?" } ?? "take one of Attachments.md"
    }
}

private struct AttachmentTest: Condition {
    /// What of a file is compared.
    enum Aspect: String, Sendable, CaseIterable {
        case name
        case `extension`
        case type
        case declared
        case defect

        /// As warnings name it.
        var title: String { self == .declared ? "declared type" : rawValue }
    }

    let aspect: Aspect
    /// Whether files in archives count.
    let isInside: Bool
    let comparison: Comparison

    var depth: Depth { .body }

    func holds(in machine: inout Machine) throws(Interruption) -> Bool {
        let message = try machine.completeMessage()
        let parts = machine.partLoops.isEmpty ? message.inOrder : [message.parts[machine.currentPart]]
        var count = 0
        var beyond: [String] = []
        for part in parts {
            for file in try files(of: part, in: message, &machine) {
                if !file.isComplete { beyond.append(Defect.Kind.tooManyParameters.rawValue) }
                if isInside { beyond += file.defects.filter(\.exceedsLimit).map(\.rawValue) }
                let values = values(of: file, isMultipart: part.contentType.isMultipart && part.isContainer)
                if !values.isEmpty { count += 1 }
                if !comparison.counts, try matches(values, of: file, in: part, &machine) { return true }
            }
        }
        // What was not looked at could be what it looks for.
        if let first = beyond.first { throw .failed("an attachment is beyond a limit of reading it (\(first))") }
        return comparison.counts ? try comparison.matches(count: count, in: &machine) : false
    }

    private func files(
        of part: Part,
        in message: Message,
        _ machine: inout Machine
    ) throws(Interruption) -> [AttachedFile] {
        try machine.checkTime()
        var reader = machine.attachments ?? AttachmentReader(message)
        // Handed over and taken back, so that what was found is not copied.
        machine.attachments = nil
        defer { machine.attachments = reader }
        if isInside { return reader.files(in: part) }
        return aspect == .type ? Array(reader.files(in: part).prefix(1)) : [reader.file(of: part)]
    }

    private func values(of file: AttachedFile, isMultipart: Bool) -> [[UInt8]] {
        switch aspect {
        case .name: file.names.flatMap { $0.saved == $0.text ? [$0.text] : [$0.text, $0.saved] }
        case .extension: file.names.map(\.fileExtension)
        case .type: file.types.map { Array($0.rawValue.utf8) }
        case .declared: isMultipart ? [] : file.declaredTypes
        case .defect: file.defects.map { Array($0.rawValue.utf8) }
        }
    }

    private func matches(
        _ values: [[UInt8]],
        of file: AttachedFile,
        in part: Part,
        _ machine: inout Machine
    ) throws(Interruption) -> Bool {
        for value in values where try comparison.matches(value, in: &machine) {
            if machine.trace != nil {
                let name = file.names.first.map { ": \($0.text.text)" } ?? ""
                machine.observed.subject = "part \(part.index)\(file.depth > 0 ? ", in an archive" : "")\(name)"
            }
            return true
        }
        return false
    }
}
