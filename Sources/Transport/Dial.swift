// An attempt to connect to a host: its addresses one after the other, the next one beside the last where that takes long.
// Must not call back from within the call that begins it.

import Glibc
package import NIOCore

/// Why no connection could be made.
package enum DialError: Error {
    /// The name has no address.
    case unknownHost(String)
    /// Nobody can say now which addresses the name has: no name server answers, or one that has failed.
    case nameServiceFailed(String)
    case timedOut
    /// Whoever dials does not want any of the addresses.
    case forbidden(SocketAddress)
}

/// Belongs to its loop's thread. Ends with one call of `completion`, unless it is given up before.
package final class Dial {
    /// What is wanted of the connection.
    package struct Settings {
        package var timeout: TimeAmount
        /// Asked for each address before it is tried.
        package var isForbidden: (SocketAddress) -> Bool

        package init(timeout: TimeAmount, isForbidden: @escaping (SocketAddress) -> Bool = { _ in false }) {
            self.timeout = timeout
            self.isForbidden = isForbidden
        }
    }

    package typealias Completion = (Result<Connection, any Error>) -> Void

    private let loop: Loop
    private let settings: Settings
    private var completion: Completion?
    private var addresses: ArraySlice<SocketAddress> = []
    private var attempts: [DialAttempt] = []
    /// The first that went wrong, for whoever asks when all have.
    private var error: (any Error)?
    private var timeout: LoopTimer?
    private var nextAttempt: LoopTimer?

    private init(on loop: Loop, _ settings: Settings, _ completion: @escaping Completion) {
        self.loop = loop
        self.settings = settings
        self.completion = completion
    }

    /// Begins to connect to a name or an address.
    package static func begin(
        host: String,
        port: Int,
        on loop: Loop,
        _ settings: Settings,
        _ completion: @escaping Completion
    ) -> Dial {
        let dial = Dial(on: loop, settings, completion)
        dial.timeout = loop.after(settings.timeout) { [weak dial] in dial?.end(.failure(DialError.timedOut)) }
        if let address = try? SocketAddress(ipAddress: host, port: port) {
            dial.addresses = [address]
            loop.giveTurn(to: dial)
        } else {
            let bound = NIOLoopBound(dial, eventLoop: loop)
            loop.resolver.resolve(host: host, port: port, on: loop) { bound.value.resolved(host, $0) }
        }
        return dial
    }

    /// Nobody wants the connection any more.
    package func giveUp() {
        completion = nil
        stop()
    }

    private func resolved(_ host: String, _ answer: Resolver.Answer) {
        guard completion != nil else { return }
        switch answer {
        case .failure(let error): end(.failure(error))
        case .success(let found) where found.isEmpty: end(.failure(DialError.unknownHost(host)))
        case .success(let found):
            addresses = found.prefix(Limits.attempts)
            tryNext()
        }
    }

    /// Begins with the next address that can be tried.
    private func tryNext() {
        nextAttempt?.cancel()
        nextAttempt = nil
        while completion != nil, let address = addresses.popFirst() {
            guard !settings.isForbidden(address) else {
                error = DialError.forbidden(address)
                continue
            }
            do throws(IOError) {
                attempts.append(try DialAttempt(to: address, of: self, on: loop))
            } catch {
                self.error = self.error ?? error
                continue
            }
            if !addresses.isEmpty {
                nextAttempt = loop.after(Limits.attemptDelay) { [weak self] in self?.tryNext() }
            }
            return
        }
        if attempts.isEmpty { end(.failure(error ?? DialError.timedOut)) }
    }

    fileprivate func failed(_ attempt: DialAttempt, _ error: IOError) {
        attempts.removeAll { $0 === attempt }
        self.error = self.error ?? error
        tryNext()
    }

    fileprivate func connected(_ attempt: DialAttempt, _ readiness: Readiness) {
        attempts.removeAll { $0 === attempt }
        let connection = Connection(
            attempt.socket,
            remoteAddress: attempt.address,
            on: loop,
            allowsHalfClosure: false
        )
        loop.poll.replace(attempt.socket.descriptor, by: connection)
        end(.success(connection))
        // What came with the connection is not told again.
        connection.ready(readiness)
    }

    private func end(_ result: Result<Connection, any Error>) {
        let completion = completion
        self.completion = nil
        stop()
        completion?(result)
    }

    private func stop() {
        timeout?.cancel()
        nextAttempt?.cancel()
        addresses = []
        for attempt in attempts { attempt.close() }
        attempts = []
    }
}

extension Dial: TurnTaker {
    func turn() { tryNext() }
}

/// One address.
private final class DialAttempt: EventSource {
    let address: SocketAddress
    let socket: Socket
    private let loop: Loop
    private weak var dial: Dial?

    init(to address: SocketAddress, of dial: Dial, on loop: Loop) throws(IOError) {
        self.address = address
        self.dial = dial
        self.loop = loop
        socket = try Socket(family: address.protocol == .inet6 ? AF_INET6 : AF_INET)
        do throws(IOError) {
            socket.setOption(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
            if case .failed(let number) = socket.connect(to: address) {
                throw IOError(errnoCode: number, reason: "connect")
            }
            try loop.poll.add(self, socket.descriptor, for: EventPoll.stream)
        } catch {
            socket.close()
            throw error
        }
    }

    func close() {
        loop.poll.forget(socket.descriptor)
        socket.close()
    }

    func loopEnded() { socket.close() }

    func ready(_ readiness: Readiness) {
        guard readiness.output, let dial else { return }
        let error = socket.pendingError
        guard error == 0 else {
            close()
            return dial.failed(self, IOError(errnoCode: error, reason: "connect"))
        }
        dial.connected(self, readiness)
    }
}
