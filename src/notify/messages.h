// A message of each kind, from what is to be told. Inside notify/ only.
#pragma once

#include "notify/notify.h"

namespace gyre::notify {

std::string notice_text(const Notice& notice);
Result<Notice> read_notice(std::string_view text);

// {"receiver": …, "notices": […]}
std::string webhook_body(std::string_view receiver, const std::vector<Notice>& notices, std::string_view base_url);
// Of an incoming webhook: {"text": …, "attachments": […]}
std::string slack_body(const std::vector<Notice>& notices, std::string_view base_url);
// Of POST /api/v2/alerts.
std::string alertmanager_body(const std::vector<Notice>& notices, std::string_view base_url);
std::string mail_message(const Receiver& receiver, std::string_view id, const std::vector<Notice>& notices, std::string_view base_url, TimeMs now_ms);

// "3 firing, 1 resolved", or what the one says.
std::string headline(const std::vector<Notice>& notices);

}  // namespace gyre::notify
