// The access token of an account, from the store or from its provider.
// Must not show it.

import NIOCore
import Relay
import Transport

struct TokenStep {
    private let tokens: (any TokenSource)?
    private let loop: any EventLoop

    init(_ tokens: (any TokenSource)?, on loop: any EventLoop) {
        self.tokens = tokens
        self.loop = loop
    }

    func token(of account: String, insteadOf refused: HeldSecret? = nil) async throws(Complaint) -> HeldSecret {
        guard let tokens else {
            throw Complaint("there are no tokens here", "sign in: popsieve account add \(account)")
        }
        do {
            return try await tokens.token(of: account, insteadOf: refused, on: loop).get()
        } catch let failure as TokenFailure {
            let remedy =
                failure.isTemporary
                ? "see \"oauth\", \"tokens\" and \"http-proxy\"" : "sign in: popsieve account renew \(account)"
            throw Complaint("there is no token for \(account): \(failure.reason)", remedy)
        } catch {
            throw Complaint("there is no token for \(account)", "sign in: popsieve account renew \(account)")
        }
    }
}
