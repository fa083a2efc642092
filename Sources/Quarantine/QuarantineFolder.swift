// A quarantine folder: the name that rules and people use, and the one that it has on disk.
// Must not open anything.

/// A folder of the quarantine, by the name in a rule's `fileinto` (RFC 5228 section 4.1).
///
/// On disk the folders are laid out as Maildir++ has them: the root is the maildir of `INBOX`, and `Spam/2026` is
/// `.Spam.2026` beside its `new`. What could mean something there, and what can't be seen, is percent-encoded in lower
/// case; other text is UTF-8 as it is. So every name has one folder, every folder one name, and no name leads out of the
/// root. Dovecot shows the names themselves when its escape character is `%` (`mailbox_list_storage_escape_char`, before
/// 2.4 the plugin listescape) and its maildir is `:UTF-8`. Names that differ in case are different folders, apart from
/// INBOX (RFC 3501 section 5.1).
package struct QuarantineFolder: Sendable {
    /// As in the rule; any text.
    package let name: String
    /// The folder's name in the root: `.` for INBOX, else a period and what is encoded.
    package let directory: String

    /// Where rejected messages go.
    package static let rejected = QuarantineFolder(name: "rejected", directory: ".rejected")
    /// Where discarded messages go, if anywhere.
    package static let discarded = QuarantineFolder(name: "discarded", directory: ".discarded")
    package static let inbox = QuarantineFolder(name: "INBOX", directory: ".")

    private init(name: String, directory: String) {
        self.name = name
        self.directory = directory
    }

    /// Throws ``QuarantineError/badFolderName(_:octetsMost:)`` for an empty name, and for one that is too long.
    package init(_ name: String) throws(QuarantineError) {
        // No case mapping of Unicode's: it makes an I of other letters, too.
        guard !name.utf8.map({ $0 & 0xDF }).elementsEqual(Self.inbox.name.utf8) else {
            self = .inbox
            return
        }
        let directory = Self.encode(name)
        let most = QuarantineLimits.folderNameOctets
        guard !name.isEmpty, directory.utf8.count <= most else {
            throw .badFolderName(name, octetsMost: most)
        }
        self.init(name: name, directory: directory)
    }

    /// What a folder in the root stands for; nil for what the quarantine does not write.
    init?(directory: String) {
        guard directory.utf8.first == Self.period, directory.utf8.count > 1,
            let octets = PercentText.decode(directory.utf8.dropFirst().map { $0 == Self.period ? Self.slash : $0 }),
            let name = String(validating: octets, as: UTF8.self), let folder = try? QuarantineFolder(name),
            folder.directory.utf8.elementsEqual(directory.utf8)
        else { return nil }
        self = folder
    }

    // MARK: Encoding

    private static let period = UInt8(ascii: ".")
    private static let slash = UInt8(ascii: "/")

    private static func encode(_ name: String) -> String {
        let scalars = Array(name.unicodeScalars)
        var text = [period]
        for (index, scalar) in scalars.enumerated() {
            let isSeparator = scalar == "/" && isInside(index, scalars)
            if isSeparator {
                text.append(period)
            } else if stands(scalar) && !(scalar == "~" && index == 0) {
                text.append(contentsOf: scalar.utf8)
            } else {
                PercentText.append(scalar.utf8, to: &text)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Between two parts of the name. A slash at an end, or beside another one, separates nothing.
    private static func isInside(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        index > 0 && scalars[index - 1] != "/" && index + 1 < scalars.count && scalars[index + 1] != "/"
    }

    /// Whether it stands for itself: not what Maildir++, a path or this encoding reads, nor what can't be seen. Ranges,
    /// not properties, which change with the version of Unicode: a folder's name stays what it was.
    private static func stands(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x2E, 0x2F, 0x25: false
        case 0...0x1F, 0x7F...0xA0, 0xAD: false
        case 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202F, 0x2060...0x206F, 0xFEFF, 0xFFF9...0xFFFB: false
        case 0xE0000...0xE0FFF: false
        default: true
        }
    }
}

/// By octets: two spellings of one accent are two folders, as they are on disk.
extension QuarantineFolder: Hashable, Comparable {
    package static func == (one: Self, other: Self) -> Bool { one.directory.utf8.elementsEqual(other.directory.utf8) }

    package static func < (one: Self, other: Self) -> Bool {
        one.directory.utf8.lexicographicallyPrecedes(other.directory.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        for octet in directory.utf8 { hasher.combine(octet) }
    }
}

extension QuarantineFolder: CustomStringConvertible {
    package var description: String { name }
}
