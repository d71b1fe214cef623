"""Strings that some model's tokenizer, chat template or server takes for more than letters."""

from __future__ import annotations

CONTROL_STRINGS = (
    # Beginnings and ends rather than whole names, since vocabularies hold hundreds of them: ChatML and Qwen
    # (<|im_start|>, <|vision_start|>, <|image_pad|>), Llama 3 and 4, Phi, GLM, Kimi, Gemma 4 (<|turn>, <turn|>),
    # DeepSeek.
    "<|", "|>", "<｜", "｜>",
    # Sentence markers and padding of SentencePiece vocabularies.
    "<s>", "</s>", "<bos>", "<eos>", "<pad>", "<unk>", "<mask>", "<unused", "<extra_id_", "<reserved", "[PAD]", "[UNK]",
    "[BOS]", "[EOS]", "[gMASK]", "[sMASK]", "<sop>", "<eop>",
    # Turns: Gemma, Llama 2, Mistral, Idefics and SmolVLM, MiniCPM.
    "<start_of_turn>", "<end_of_turn>", "<<SYS>>", "<</SYS>>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]",
    "[/SYSTEM_PROMPT]", "[MODEL_SETTINGS]", "[/MODEL_SETTINGS]", "<end_of_utterance>", "<utterance", "<用户>", "<AI>",
    # Thoughts and tools.
    "<think>", "</think>", "[THINK]", "[/THINK]", "<tool_call>", "</tool_call>", "<tool_response>", "</tool_response>",
    "<tools>", "</tools>", "<arg_key>", "<arg_value>", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_CALLS]",
    "[TOOL_RESULTS]", "[/TOOL_RESULTS]", "[TOOL_CONTENT]", "[ARGS]", "[CALL_ID]",
    # Where pictures and other media go: llama.cpp's marker, LLaVA, Gemma 3, InternVL, Pixtral, SmolVLM, MiniCPM-V.
    "<__media__>", "<__image__>", "<image", "</image", "<img>", "</img>", "<video", "</video", "<audio", "</audio",
    "<start_of_image>", "<end_of_image>", "<image_soft_token>", "<start_of_audio>", "<end_of_audio>", "<IMG_CONTEXT>",
    "<im_start>", "<im_end>", "<im_patch>", "[IMG]", "[IMG_BREAK]", "[IMG_END]", "[AUDIO]", "[BEGIN_AUDIO]",
    "<fake_token_around_image>", "<global-img>", "<row_", "<slice>", "</slice>", "<unit>", "</unit>",
    # Places in pictures.
    "<point>", "</point>", "<ref>", "</ref>", "<box>", "</box>", "<quad>", "</quad>", "<loc_", "<loc0",
    "<loc1", "<seg", "<grounding>",
)  # fmt: skip
"""To be broken in everybody's text before a server gets it. The server renders the template itself and tokenises all of
it with special tokens, so whatever a customer types of these would count as if the template had said it; and it does
not tell which strings its vocabulary holds, so all that are in wide use are broken."""
