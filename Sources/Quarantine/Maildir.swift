// One folder of the quarantine: `tmp`, where messages are written, and `new` and `cur`, where they are seen.
// Must not show what is in `tmp`.

import SystemPackage

/// A maildir (D. J. Bernstein, "Using maildir format"): a message is written under `tmp` and moved to `new` in one step;
/// a mail program that has seen it moves it to `cur`.
struct Maildir: ~Copyable, Sendable {
    enum Box: String, Sendable, CaseIterable {
        // In the order in which they are read: a message that moves on meanwhile is seen at least once.
        case new
        case cur
    }

    /// A message's file, as one look at the folder found it.
    struct Entry: Sendable {
        let name: MessageName
        let box: Box
    }

    /// Maildir++'s mark of a folder that is no mailbox of its own.
    private static let mark = "maildirfolder"

    let folder: QuarantineFolder
    private let directory: Directory

    /// Nil where there is no such folder.
    init?(_ folder: QuarantineFolder, in root: borrowing Directory) throws(QuarantineError) {
        guard let directory = try root.folder(folder.directory) else { return nil }
        self.folder = folder
        self.directory = directory
    }

    /// Makes what is missing, and has it on the disk before it returns.
    static func made(_ folder: QuarantineFolder, in root: borrowing Directory) throws(QuarantineError) -> Maildir {
        let directory = try root.made(folder.directory)
        for name in ["tmp"] + Box.allCases.map(\.rawValue) { try directory.made(name).sync() }
        if folder != .inbox, try directory.status(of: mark) == nil { try makeMark(in: directory) }
        try directory.sync()
        try root.sync()
        return Maildir(folder: folder, directory: directory)
    }

    private init(folder: QuarantineFolder, directory: consuming Directory) {
        self.folder = folder
        self.directory = directory
    }

    private static func makeMark(in directory: borrowing Directory) throws(QuarantineError) {
        do throws(QuarantineError) {
            _ = try directory.create(mark)
        } catch {
            // Another process was faster.
            guard case .failed(_, _, .fileExists) = error else { throw error }
        }
    }

    /// Throws ``QuarantineError/Fault/otherFileSystem`` where a message could not be moved in one step.
    func check() throws(QuarantineError) {
        let device = try directory.status().deviceID
        for name in ["tmp"] + Box.allCases.map(\.rawValue) {
            guard let status = try directory.status(of: name) else { continue }
            let path = directory.path + "/" + name
            if status.type == .symbolicLink { throw .unusable(path: path, .symbolicLink) }
            guard status.type == .directory else { throw .unusable(path: path, .notFolder) }
            guard status.deviceID == device else { throw .unusable(path: path, .otherFileSystem) }
        }
    }

    /// Throws where this user can't take a message away.
    func checkWritable() throws(QuarantineError) {
        for box in Box.allCases where try directory.status(of: box.rawValue) != nil {
            try Directory.checkWritable("\(directory.path)/\(box.rawValue)")
        }
    }

    func temporary() throws(QuarantineError) -> Directory { try directory.made("tmp") }

    func box(_ box: Box) throws(QuarantineError) -> Directory { try directory.made(box.rawValue) }

    // MARK: Reading

    /// Each message, in no order; one that a mail program moves meanwhile may come twice.
    /// - Returns: how many files are none of ours.
    @discardableResult
    func eachEntry(_ visit: (Entry) throws(QuarantineError) -> Void) throws(QuarantineError) -> Int {
        var foreign = 0
        for box in Box.allCases {
            guard let folder = try directory.folder(box.rawValue) else { continue }
            try folder.eachName { (text) throws(QuarantineError) in
                if let name = MessageName(text) {
                    try visit(Entry(name: name, box: box))
                } else {
                    foreign += 1
                }
            }
        }
        return foreign
    }

    /// Where a message is now; nil if it is not here.
    func entry(of identifier: QuarantineIdentifier) throws(QuarantineError) -> Entry? {
        var found: Entry?
        try eachEntry { (entry) throws(QuarantineError) in
            if entry.name.identifier == identifier { found = entry }
        }
        return found
    }

    /// Opens a message, also if a mail program has renamed it since; nil if it is gone.
    func open(_ entry: Entry) throws(QuarantineError) -> OpenFile? {
        var entry = entry
        for _ in 0..<QuarantineLimits.searches {
            if let file = try directory.folder(entry.box.rawValue)?.openFile(entry.name.text) { return file }
            guard let moved = try self.entry(of: entry.name.identifier) else { return nil }
            entry = moved
        }
        return nil
    }

    /// Removes a message, also if a mail program has renamed it since; false if somebody else was faster.
    func remove(_ entry: Entry) throws(QuarantineError) -> Bool {
        var entry = entry
        for _ in 0..<QuarantineLimits.searches {
            if try directory.folder(entry.box.rawValue)?.remove(entry.name.text) == true { return true }
            guard let moved = try self.entry(of: entry.name.identifier) else { return false }
            entry = moved
        }
        return false
    }

    /// Returns when what was removed is off the disk.
    func syncBoxes() throws(QuarantineError) {
        for box in Box.allCases { try directory.folder(box.rawValue)?.sync() }
    }
}
