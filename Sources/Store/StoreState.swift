// What a store knows of its file and of what waits for it; plain values.
// Must not touch the file.

struct StoreState {
    /// What can be asked of the file now.
    enum Access {
        /// It works, as far as is known.
        case open(StoreFile)
        /// Somebody is trying; all others do without.
        case opening
        /// It failed; nobody tries before this moment.
        case failed(StoreFile?, until: Int64)
        /// For good.
        case closed
    }

    private(set) var access = Access.opening
    /// What the owner was told, until it works again.
    private(set) var told: StoreTrouble?
    /// When a damaged file was last put aside.
    private var lastAside: Int64?

    var waiting = PendingChanges()
    /// What is being written. Questions see it until it can be read from the file.
    var writing = PendingChanges()
    var isWriting = false
    /// Who wants to know when nothing waits any more.
    var idle: [CheckedContinuation<Void, Never>] = []
    var tidying = Tidying()
    var sizedMaildrops = SizedMaildrops()
    /// What need not be written again, by the hashes of its message and of its fingerprint: a message that is fetched twice
    /// has the same verdict.
    private var written: [Int: [Fingerprint: Int]] = [:]
    var dropped = 0

    /// What it was about is not remembered.
    mutating func drop() {
        forgetWritten()
        dropped += writing.count + waiting.count
        (writing, waiting) = (PendingChanges(), PendingChanges())
    }

    /// Whether a change may wait: for the file, or for the next try.
    func takesChanges(now: Int64, _ limits: StoreLimits) -> Bool {
        switch access {
        case .open: true
        case .failed(_, let until): Self.isDue(until, now, limits)
        case .opening, .closed: false
        }
    }

    /// Whether this verdict was the last that was remembered for the key. After a while it is news again, so that it does
    /// not get old.
    func isWritten(_ identity: Int, for key: VerdictKey) -> Bool {
        written[Self.hash(key.uidl, of: key.account)]?[key.fingerprint] == identity
    }

    mutating func noteWritten(_ identity: Int, for key: VerdictKey) {
        if written.count >= StoreLimits.writtenVerdicts { written = [:] }
        written[Self.hash(key.uidl, of: key.account), default: [:]][key.fingerprint] = identity
    }

    mutating func forgetWritten() { written = [:] }

    mutating func forgetWritten(_ uidl: [UInt8], of account: Account) {
        written[Self.hash(uidl, of: account)] = nil
    }

    private static func hash(_ uidl: [UInt8], of account: Account) -> Int {
        var hasher = Hasher()
        hasher.combine(account)
        hasher.combine(uidl)
        return hasher.finalize()
    }

    // MARK: Access

    enum Way {
        case ask(StoreFile)
        /// This caller is the one that tries.
        case attempt(replacing: StoreFile?)
        case doWithout
    }

    mutating func way(now: Int64, _ limits: StoreLimits) -> Way {
        switch access {
        case .open(let file): return .ask(file)
        case .failed(let file, let until) where Self.isDue(until, now, limits):
            access = .opening
            return .attempt(replacing: file)
        case .failed, .opening, .closed: return .doWithout
        }
    }

    /// A clock that was set back makes nobody wait longer.
    private static func isDue(_ until: Int64, _ now: Int64, _ limits: StoreLimits) -> Bool {
        now >= until || now < until - limits.retrySeconds * 1_000_000
    }

    /// Whether a damaged file goes out of the way now: where a new one is damaged at once, the disk is.
    mutating func putsAside(_ number: StoreFile.Number?, now: Int64, _ limits: StoreLimits) -> Bool {
        guard number != nil else { return false }
        if let lastAside, !Self.isDue(lastAside + limits.retrySeconds * 1_000_000, now, limits) { return false }
        lastAside = now
        return true
    }

    /// Nil if the store was closed meanwhile.
    mutating func opened(_ file: StoreFile) -> StoreNews?? {
        guard case .opening = access else { return nil }
        access = .open(file)
        sizedMaildrops.forget()
        defer { told = nil }
        return .some(told.map { .working(after: $0, dropped: dropped) })
    }

    /// The file failed, or could not be opened; returns what the owner does not know yet.
    ///
    /// - Parameter file: nil for an attempt to open one
    mutating func failed(
        _ file: StoreFile?,
        _ cause: StoreTrouble.Cause,
        path: String,
        now: Int64,
        _ limits: StoreLimits
    ) -> StoreNews? {
        switch access {
        case .open(let current): guard current === file else { return nil }
        case .opening: guard file == nil else { return nil }
        // Somebody else has said so already.
        case .failed, .closed: return nil
        }
        // A damaged file can be helped at once.
        let pause = if case .damaged = cause, file != nil { Int64(0) } else { limits.retrySeconds * 1_000_000 }
        access = .failed(file, until: now + pause)
        drop()
        return tell(cause, path: path, now: now)
    }

    mutating func tell(_ cause: StoreTrouble.Cause, path: String, now: Int64) -> StoreNews? {
        guard told?.cause != cause else { return nil }
        let trouble = StoreTrouble(path: path, cause: cause, since: now)
        told = trouble
        return .trouble(trouble)
    }

    mutating func close() -> StoreFile? {
        defer { access = .closed }
        switch access {
        case .open(let file): return file
        case .failed(let file, _): return file
        case .opening, .closed: return nil
        }
    }
}
