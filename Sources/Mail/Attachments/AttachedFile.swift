// A file that comes with a message, in a part or in an archive: all that is known of it without opening it.
// Must not hold its contents.

/// A file as a mail program offers it to its reader.
public struct AttachedFile: Sendable, Equatable {
    /// Its names, each once. For a file in an archive the whole names, folders included, as the archive has them.
    public internal(set) var names: [FileName]
    /// The content types that its part says it has, such as `application/pdf`, in small letters; none in an archive.
    public internal(set) var declaredTypes: [[UInt8]] = []
    /// What its octets say it is; none if they could not be looked at.
    public internal(set) var types: [FileType] = []
    /// What is odd about it, and what of it was not looked at; each once.
    public internal(set) var defects: [AttachmentDefect] = []
    /// How many archives it is in.
    public let depth: Int
    /// Whether its names are all there are; false if its part's header has more parameters than are read.
    public internal(set) var isComplete = true

    init(names: [FileName], defects: [AttachmentDefect], depth: Int) {
        self.names = names
        self.defects = defects
        self.depth = depth
    }

    /// Notes something, and that not all was looked at if it says so.
    mutating func note(_ defect: AttachmentDefect) {
        if !defects.contains(defect) { defects.append(defect) }
        if defect.leavesUnread, !defects.contains(.unread) { defects.append(.unread) }
    }
}

extension Part {
    /// The file that it is, as far as its header tells.
    public func attachedFile(limits: Limits = Limits()) -> AttachedFile {
        let names = attachmentNames(limits: limits)
        var file = AttachedFile(names: names, defects: defects(of: names), depth: 0)
        let written = header.fields(named: "Content-Type").compactMap {
            ContentType(header.unfoldedValue(of: $0), limits: limits)
        }
        file.isComplete = !hasUnreadParameters(limits: limits)
        for type in written.isEmpty ? [contentType] : written {
            let name = type.type + [.slash] + type.subtype
            if !file.declaredTypes.contains(name) { file.declaredTypes.append(name) }
        }
        return file
    }
}
