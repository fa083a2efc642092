// Signing in at a provider, with a person who has a browser, or without anybody.
// Must not print a token; what is said goes to standard error, so that standard output is the command's answer.

import Audit
import Foundation
import Glibc
import HTTPClient
import NIOPosix
import OAuth

struct SignIn {
    let endpoint: TokenEndpoint
    /// The mailbox, so that the provider asks for the right one.
    let user: String
    /// For the browser's answer; 0: any.
    let port: Int
    /// The last address comes by standard input, also where that is no terminal.
    let readsInput: Bool

    func grant() async throws(OAuthFailure) -> Grant {
        switch endpoint.provider.flow {
        case .clientCredentials: try await endpoint.clientCredentials()
        case .device: try await byDevice()
        case .code: try await byCode()
        }
    }

    private func byDevice() async throws(OAuthFailure) -> Grant {
        let flow = try await DeviceFlow.begin(endpoint)
        let whole = flow.wholeAddress.map { "\nor, with the code in it:\n\n  \($0)\n" } ?? ""
        let place = "On any machine, open\n\n  \(flow.address)\n\nand type  \(flow.userCode)\n\(whole)"
        StandardError.write("\(place)\nand sign in as \(user.printable). Waiting.\n")
        return try await flow.grant()
    }

    private func byCode() async throws(OAuthFailure) -> Grant {
        let listener = try await RedirectListener(on: MultiThreadedEventLoopGroup.singleton, port: port)
        let place = "http://\(endpoint.provider.redirectHost):\(listener.port)"
        // Google and Microsoft compare what is behind the port with what was registered: nothing.
        let flow = try CodeFlow(endpoint, redirect: place)
        let asksInput = readsInput || isatty(STDIN_FILENO) == 1
        let paste =
            asksInput ? "\nor, on another machine, paste here the address at which it ends, error or not:\n" : ""
        let address = flow.address(hint: user)
        StandardError.write("In a browser on this machine, sign in as \(user.printable) at\n\n  \(address)\n")
        StandardError.write("\(paste)\nWaiting.\n")
        let arrival = await firstArrival(listener, flow, asksInput)
        await listener.close()
        switch arrival {
        case .code(let code): return try await flow.grant(for: code)
        case .refused(let failure): throw failure
        case .foreign: throw .impossible("that is not the address at which the browser ended")
        case nil: throw .expired
        }
    }

    /// From the browser, or from the person who pastes; nil where nobody comes.
    private func firstArrival(
        _ listener: RedirectListener,
        _ flow: CodeFlow,
        _ asksInput: Bool
    ) async -> CodeFlow.Arrival? {
        let (arrivals, arrive) = AsyncStream<CodeFlow.Arrival?>.makeStream()
        let waiting = Task { arrive.yield(await listener.arrival { flow.arrival(query: $0) }) }
        let patience = Task {
            if (try? await Task.sleep(for: .seconds(900))) != nil { arrive.yield(nil) }
        }
        if asksInput {
            // A thread that waits for input can't be called back: it ends with the program.
            Thread.detachNewThread {
                while let line = readLine() {
                    let arrival = flow.arrival(address: line)
                    if arrival != .foreign {
                        _ = arrive.yield(arrival)
                        return
                    }
                    if !line.isEmpty { StandardError.write("that is not the address at which the browser ended\n") }
                }
                // Without a terminal nothing more will come.
                if readsInput { arrive.yield(.foreign) }
            }
        }
        defer {
            waiting.cancel()
            patience.cancel()
        }
        for await arrival in arrivals { return arrival }
        return nil
    }
}
