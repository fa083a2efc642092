// All names that a reader may take for a part's file, from every field and in every way of writing them.
// Must not choose between them: readers differ, and a rule has to hold for each.

extension Part {
    /// The names of the file that it is meant to be, each once, those that most programs show first: `filename` and
    /// `name` of all its Content-Disposition and Content-Type fields, plain and in RFC 2231's form, with encoded words
    /// decoded, and as they are where a reader could leave them so.
    public func attachmentNames(limits: Limits = Limits()) -> [FileName] {
        var names: [FileName] = []
        for name in writtenNames(limits: limits).flatMap(FileName.readings) where !names.contains(name) {
            names.append(name)
        }
        return names
    }

    /// What is odd about the names of its file.
    func defects(of names: [FileName]) -> [AttachmentDefect] {
        var defects: [AttachmentDefect] = []
        for defect in names.flatMap(\.defects) where !defects.contains(defect) { defects.append(defect) }
        // One that differs since a reader could leave encoded words as they are is no name of its own.
        let different = Set(names.filter { !EncodedWords.hasBeginning($0.text) }.map(\.saved))
        if different.count > 1 { defects.append(.differingNames) }
        return defects
    }

    private func writtenNames(limits: Limits) -> [[UInt8]] {
        let values = fields(named: "Content-Disposition") + fields(named: "Content-Type")
        return ["filename", "name"].flatMap { name in
            values.flatMap { FileNameParameter(name, of: $0, limits: limits).readings }
        }
    }

    /// Whether there are more parameters than are read, and so perhaps more names.
    func hasUnreadParameters(limits: Limits) -> Bool {
        let values = fields(named: "Content-Disposition") + fields(named: "Content-Type")
        return values.contains { !ParameterizedValue($0, limits: limits).isComplete }
    }

    private func fields(named name: StaticString) -> [[UInt8]] {
        header.fields(named: name).map { header.unfoldedValue(of: $0) }
    }
}

/// One parameter of a header value that may be written several times and in several forms.
private struct FileNameParameter {
    private var plain: [ParameterParser.Piece] = []
    private var sections: [ParameterParser.Piece] = []

    init(_ name: String, of value: [UInt8], limits: Limits) {
        var parser = ParameterParser(value, limits: limits)
        _ = parser.value()
        let name = Array(name.utf8)
        for piece in parser.pieces() where piece.name == name {
            if piece.section == nil, !piece.isExtended { plain.append(piece) } else { sections.append(piece) }
        }
    }

    /// What its readers may take for its value: those who know RFC 2231 its form, others the plain one; the first of two
    /// that are the same, or the last; decoded, or not.
    var readings: [[UInt8]] {
        var found: [[UInt8]] = []
        if !sections.isEmpty { found += Self.value(of: sections) + Self.value(of: sections.reversed()) }
        for piece in plain {
            found += Self.value(of: [piece])
            if EncodedWords.hasBeginning(piece.value) { found.append(UTF8Text.repaired(piece.value).text) }
        }
        return found
    }

    private static func value(of pieces: [ParameterParser.Piece]) -> [[UInt8]] {
        var joiner = ParameterJoiner(defects: Defects())
        for piece in pieces { joiner.add(piece) }
        return joiner.joined().map(\.value)
    }
}
