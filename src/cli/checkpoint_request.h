// What a checkpoint is a check of: the options that choose the configuration, as JSON.
#ifndef STALEMATE_CLI_CHECKPOINT_REQUEST_H_
#define STALEMATE_CLI_CHECKPOINT_REQUEST_H_

#include <string>

#include "cli/cli.h"

namespace stalemate::cli {

std::string checkpoint_request(const CheckOptions& options);
// The other way; false when the text is something else.
bool read_checkpoint_request(const std::string& text, CheckOptions& options);

}  // namespace stalemate::cli

#endif  // STALEMATE_CLI_CHECKPOINT_REQUEST_H_
