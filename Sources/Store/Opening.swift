// How a store gets at its file: tries, gives up, tries again.
// Must not hold a lock while it waits for the disk.

import Dispatch
import Synchronization

extension SQLiteStore {
    /// The file, if it works; where it is time, this caller tries.
    func file(now: Int64) async -> StoreFile? {
        switch state.withLock({ $0.way(now: now, limits) }) {
        case .ask(let file): file
        case .attempt(let old):
            // Where that does not come to an end, all others do without as long as it lasts.
            try? await limits.answered { await self.attempt(replacing: old, isFirst: false, now: now) }
        case .doWithout: nil
        }
    }

    func attempt(replacing old: StoreFile?, isFirst: Bool, now: Int64) async -> StoreFile? {
        await withCheckedContinuation { continuation in
            opening.async { [self] in
                old?.close()
                continuation.resume(returning: attemptHere(replacing: old, isFirst: isFirst, now: now))
            }
        }
    }

    private func attemptHere(replacing old: StoreFile?, isFirst: Bool, now: Int64) -> StoreFile? {
        do throws(StoreTrouble.Cause) {
            if case .damaged = state.withLock({ $0.told })?.cause, let old {
                // Its damage showed while it was used; opening it would not show it again.
                try putAside(old.number, now: now)
            }
            return try adopt(openFile(isFirst: isFirst, now: now))
        } catch {
            let news = state.withLock { $0.failed(nil, error, path: path, now: now, limits) }
            if let news { onNews(news) }
            return nil
        }
    }

    private func openFile(isFirst: Bool, now: Int64) throws(StoreTrouble.Cause) -> StoreFile {
        do throws(StoreTrouble.Cause) {
            return try openFile(isFirst)
        } catch {
            guard case .damaged = error else { throw error }
            if let news = state.withLock({ $0.tell(error, path: path, now: now) }) { onNews(news) }
            try putAside(StoreFile.Number(path: path), now: now)
            return try openFile(isFirst)
        }
    }

    private func openFile(_ isFirst: Bool) throws(StoreTrouble.Cause) -> StoreFile {
        do {
            let probes = state.withLock { $0.told != nil }
            return try StoreFile(path: path, limits: limits, makesFolder: isFirst, probes: probes)
        } catch {
            throw StoreTrouble.Cause(error, path: path)
        }
    }

    private func putAside(_ number: StoreFile.Number?, now: Int64) throws(StoreTrouble.Cause) {
        guard let number, state.withLock({ $0.putsAside(number, now: now, limits) }) else {
            throw .damaged(putAside: StoreFile.aside(path))
        }
        do {
            try StoreFile.putAside(path, number)
        } catch {
            throw StoreTrouble.Cause(error, path: path)
        }
    }

    private func adopt(_ file: StoreFile) -> StoreFile? {
        guard let news = state.withLock({ $0.opened(file) }) else {
            file.close()
            return nil
        }
        if let news { onNews(news) }
        return file
    }

    /// Does without the file from now on.
    func fail(_ file: StoreFile, _ error: any Error, now: Int64) {
        let cause = StoreTrouble.Cause(error, path: path)
        let news = state.withLock { $0.failed(file, cause, path: path, now: now, limits) }
        if let news { onNews(news) }
    }
}

extension StoreLimits {
    /// What `question` comes to.
    ///
    /// - Throws: what it throws, `silent` if that takes too long, and `CancellationError`. It goes on then: what waits for
    ///   the disk can't be called off.
    package func answered<Answer: Sendable>(
        _ question: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        let (answers, first) = AsyncThrowingStream.makeStream(of: Answer.self)
        Task {
            do { first.yield(try await question()) } catch { first.finish(throwing: error) }
        }
        let patience = Task {
            try await Task.sleep(for: answer)
            first.finish(throwing: StoreTrouble.Cause.silent)
        }
        defer { patience.cancel() }
        for try await answer in answers { return answer }
        throw CancellationError()
    }
}
